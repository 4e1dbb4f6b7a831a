"""Bytes from anyone -> what the models see: 32x32 pixels, RGB. The only decoder there is.

Sizes are checked against what the file's header says before anything is decoded. Pillow reads
only the formats named here, whatever a file is called.
"""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import nullcontext
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from contract.cifar10 import PICTURE_SIZE
from serve.errors import (
    BrokenPicture,
    EmptyPicture,
    PictureTooLarge,
    TooManyPixels,
    UnknownFormat,
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
LARGEST_BYTES = 20_000_000
LARGEST_PIXELS = 25_000_000
# A JPEG is decoded at a fraction of its size, so that a larger one costs no more.
LARGEST_JPEG_PIXELS = 50_000_000
# From here on a decode takes so much memory that only a few may run at the same time.
LARGE_PIXELS = 4_000_000
_large_decodes = threading.BoundedSemaphore(2)
# A JPEG's shorter side after decoding at reduced scale: enough for clean antialiasing to 32.
_DRAFT_SIDE = 8 * PICTURE_SIZE
_EXIF_ORIENTATION = 0x0112
_WHITE = (255, 255, 255, 255)


def decode(content: bytes) -> NDArray[np.uint8]:
    """The centre square of a picture's first frame, antialiased to uint8 `[32, 32, 3]`, RGB.

    EXIF orientation is applied, transparency laid on white, 16 bits scaled to 8. Raises a
    `PictureError`.
    """
    if not content:
        raise EmptyPicture("the picture is empty (0 bytes); send the bytes of a picture file")
    if len(content) > LARGEST_BYTES:
        raise PictureTooLarge(
            f"the picture has {len(content):,} bytes; at most {LARGEST_BYTES:,} are read: send a "
            "smaller or more compressed one"
        )
    _check_webp(content)
    with _opened(content) as image:
        is_jpeg = image.format in ("JPEG", "MPO")
        _check_pixels(*image.size, LARGEST_JPEG_PIXELS if is_jpeg else LARGEST_PIXELS)
        large = image.width * image.height >= LARGE_PIXELS
        with _large_decodes if large else nullcontext():
            try:
                return _to_pixels(image, is_jpeg)
            except Exception as error:  # Pillow's plugins raise anything on a damaged file
                raise BrokenPicture(
                    f"the {image.format} picture is cut short or damaged ({_first_line(error)}); "
                    "save it anew and send it again"
                ) from error


def _opened(content: bytes) -> Image.Image:
    _prepare_pillow()
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooManyPixels(_too_many("more than 178 million pixels")) from error
    except UnidentifiedImageError as error:
        raise UnknownFormat(
            f"this is not a picture that can be read here; send {READABLE}"
        ) from error
    except Exception as error:  # a header damaged in a way that the plugin did not expect
        raise BrokenPicture(
            f"the picture's header is damaged ({_first_line(error)}); save it anew"
        ) from error


@cache
def _prepare_pillow() -> None:
    import pillow_heif  # here, because importing this module does no work

    pillow_heif.register_heif_opener(thumbnails=False)
    # Below its own, higher limit Pillow only warns; ours is checked right after. Here, once,
    # because warnings.catch_warnings() is not made for several threads.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def _check_pixels(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise TooManyPixels(_too_many(f"{width} x {height} pixels"))


def _too_many(what: str) -> str:
    return (
        f"the picture has {what}; at most {LARGEST_PIXELS // 1_000_000} million are read "
        f"({LARGEST_JPEG_PIXELS // 1_000_000} million as JPEG): send a smaller one"
    )


def _check_webp(content: bytes) -> None:
    """Refuse a too large WebP by its header: merely opening one takes memory for all its pixels.

    The three layouts: https://developers.google.com/speed/webp/docs/riff_container
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return
    kind, header = content[12:16], content[20:30]
    if kind == b"VP8X":
        width = int.from_bytes(header[4:7], "little") + 1
        height = int.from_bytes(header[7:10], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(header[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width = int.from_bytes(header[6:8], "little") & 0x3FFF
        height = int.from_bytes(header[8:10], "little") & 0x3FFF
    _check_pixels(width, height, LARGEST_PIXELS)


def _to_pixels(image: Image.Image, is_jpeg: bool) -> NDArray[np.uint8]:
    if is_jpeg:
        shorter = min(image.size)
        if shorter > _DRAFT_SIDE:
            scale = _DRAFT_SIDE / shorter
            image.draft(None, (round(image.width * scale), round(image.height * scale)))
    image.load()
    # Only now: some plugins (TIFF) turn the picture and forget the tag as they load.
    orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    small = _shrunk(_with_plain_mode(image))
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, _WHITE), small)
    if small.mode != "RGB":
        small = small.convert("RGB")
    if orientation != 1:
        # Turning commutes with taking the centre square, and 32x32 pixels turn at no cost.
        small.getexif()[_EXIF_ORIENTATION] = orientation
        small = ImageOps.exif_transpose(small)
    # The same as np.array(small), in a fifth of the time.
    return np.frombuffer(small.tobytes(), np.uint8).reshape(PICTURE_SIZE, PICTURE_SIZE, 3)


def _with_plain_mode(image: Image.Image) -> Image.Image:
    """As RGB or RGBA, or as L, 8 bits a channel, so that it can be resized."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        return _eight_bits(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit or floating-point gray scaled to 8 bits; Pillow's own `convert` clips it to white."""
    values = np.asarray(image)
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are no numbers")
    if values.dtype.kind == "f" or values.dtype.itemsize > 2:
        # Such TIFFs hold 0 to 1 by custom (if in floating point), or integers of 8 or 16 bits.
        top = float(values.max(initial=0))
        full = 1.0 if top <= 1 and values.dtype.kind == "f" else 255.0 if top <= 255 else 65535.0
    else:
        full = 65535.0
    scaled = np.clip(values * np.float32(255 / full), 0, 255)
    return Image.fromarray(scaled.round().astype(np.uint8), "L")


def _shrunk(image: Image.Image) -> Image.Image:
    side = min(image.size)
    if image.size == (PICTURE_SIZE, PICTURE_SIZE):
        return image  # as it would come out
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.resize(
        (PICTURE_SIZE, PICTURE_SIZE),
        Image.Resampling.BICUBIC,
        box=(left, top, left + side, top + side),
        reducing_gap=4.0,
    )


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()
    return text[0][:200] if text else type(error).__name__
