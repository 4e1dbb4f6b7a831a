"""Decodes an uploaded picture into the 32x32 RGB pixels that the models take. The only decoder.

The number of pixels that a file's header claims is checked before any of them is decoded. Pillow
may read only the formats listed here, whatever name the file has.
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
    PictureError,
    PictureTooLarge,
    TooManyPixels,
    UnknownFormat,
)

Pixels = NDArray[np.uint8]
"""RGB: `[32, 32, 3]` for one picture, `[n, 32, 32, 3]` for several."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
LARGEST_BYTES = 20_000_000
LARGEST_PIXELS = 25_000_000
# A JPEG can be decoded at a fraction of its size, so twice the pixels cost no more.
LARGEST_JPEG_PIXELS = 50_000_000
# Decoding a picture of this size takes so much memory that only two may be decoded at a time.
LARGE_PIXELS = 4_000_000
_large_decodes = threading.BoundedSemaphore(2)
# The shorter side of a JPEG decoded at reduced scale. Eight times the target antialiases cleanly.
_DRAFT_SIDE = 8 * PICTURE_SIZE
_EXIF_ORIENTATION = 0x0112
_WHITE = (255, 255, 255, 255)


def decode(content: bytes) -> Pixels:
    """The central square of a picture's first frame, resized with antialiasing to `[32, 32, 3]`.

    The EXIF orientation is applied, transparent parts become white, and 16-bit channels are scaled
    to 8 bits. Raises a `PictureError` if the bytes are not a usable picture.
    """
    if not content:
        raise EmptyPicture("the picture is empty (0 bytes); send the bytes of a picture file")
    check_bytes(len(content))
    _check_webp(content)
    with _opened(content) as image:
        is_jpeg = image.format in ("JPEG", "MPO")
        _check_pixels(*image.size, LARGEST_JPEG_PIXELS if is_jpeg else LARGEST_PIXELS)
        large = image.width * image.height >= LARGE_PIXELS
        with _large_decodes if large else nullcontext():
            try:
                return _to_pixels(image, is_jpeg)
            except PictureError:
                raise
            except Exception as error:  # Pillow's plugins raise anything on a damaged file
                raise BrokenPicture(
                    f"the {image.format} picture is cut short or damaged; save the picture again "
                    "and upload it once more"
                ) from error


def check_bytes(size: int, complete: bool = True) -> None:
    """Raise `PictureTooLarge` if `size` bytes are too many for one picture.

    `complete` tells whether `size` counts the whole picture, or only what has arrived so far.
    """
    if size > LARGEST_BYTES:
        excess = f"{size:,} bytes, more than the limit of" if complete else "more than the limit of"
        raise PictureTooLarge(
            f"the picture has {excess} {LARGEST_BYTES:,} bytes; send a smaller or more strongly "
            "compressed picture"
        )


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
    except Exception as error:  # Pillow's plugins raise anything on a damaged header
        raise BrokenPicture(
            "the picture's header is damaged; save the picture again and upload it once more"
        ) from error


@cache
def _prepare_pillow() -> None:
    import pillow_heif  # here, because importing this module does no work

    pillow_heif.register_heif_opener(thumbnails=False)
    # Pillow only warns below its own limit, and our lower limit is checked right after opening.
    # The filter is set once, because warnings.catch_warnings() is not safe with several threads.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def _check_pixels(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise TooManyPixels(_too_many(f"{width} x {height} pixels"))


def _too_many(what: str) -> str:
    return (
        f"the picture has {what}, and the limit is {LARGEST_PIXELS // 1_000_000} million "
        f"({LARGEST_JPEG_PIXELS // 1_000_000} million for a JPEG); send a smaller picture"
    )


def _check_webp(content: bytes) -> None:
    """Raise `TooManyPixels` for a large WebP from its header alone.

    Pillow takes memory for all pixels of a WebP as soon as it opens one. The header has three
    layouts: https://developers.google.com/speed/webp/docs/riff_container
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
    # Read after loading: some plugins (TIFF) turn the picture and drop the tag while they load.
    # Where `info` is empty, as in a plain PNG, there is nothing that EXIF could be read from.
    orientation = image.getexif().get(_EXIF_ORIENTATION, 1) if image.info else 1
    small = _shrunk(_with_plain_mode(image))
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, _WHITE), small)
    if small.mode != "RGB":
        small = small.convert("RGB")
    if orientation != 1:
        # Turning the small square gives the same result as turning the large picture first.
        small.getexif()[_EXIF_ORIENTATION] = orientation
        small = ImageOps.exif_transpose(small)
    # Gives the same as np.array(small) in a fifth of the time.
    return np.frombuffer(small.tobytes(), np.uint8).reshape(PICTURE_SIZE, PICTURE_SIZE, 3)


def _with_plain_mode(image: Image.Image) -> Image.Image:
    """The picture as RGB, RGBA or L with 8 bits a channel, the modes that resize cleanly."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        return _eight_bits(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit or floating-point grayscale picture, scaled to 8 bits.

    Pillow's own `convert` would clip everything above 255 to white.
    """
    values = np.asarray(image)
    if not np.isfinite(values).all():
        raise BrokenPicture(
            "the picture contains NaN or infinite pixel values; save it again with finite values"
        )
    if values.dtype.kind == "f" or values.dtype.itemsize > 2:
        # By convention such a TIFF holds 0 to 1 (floating point only), 0 to 255 or 0 to 65535.
        top = float(values.max(initial=0))
        full = 1.0 if top <= 1 and values.dtype.kind == "f" else 255.0 if top <= 255 else 65535.0
    else:
        full = 65535.0
    scaled = np.clip(values * np.float32(255 / full), 0, 255)
    return Image.fromarray(scaled.round().astype(np.uint8), "L")


def _shrunk(image: Image.Image) -> Image.Image:
    side = min(image.size)
    if image.size == (PICTURE_SIZE, PICTURE_SIZE):
        return image  # resizing would return the same pixels
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.resize(
        (PICTURE_SIZE, PICTURE_SIZE),
        Image.Resampling.BICUBIC,
        box=(left, top, left + side, top + side),
        reducing_gap=4.0,
    )
