"""Opens a file as a picture, or says what is wrong with it. No pixel is decoded yet.

How many bytes and pixels a picture may have stands here, too. Decoding one may take 300 MB. The
formats need different amounts of memory for a pixel, so each has a limit of its own.
"""

from __future__ import annotations

import io
import re
import warnings
from functools import cache

from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from contract.pictures import depth, jpeg
from contract.pictures import png as png_chunks
from contract.pictures.errors import BrokenPicture, PictureTooLarge, TooManyPixels, UnknownFormat

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
LARGEST_BYTES = 20_000_000
LARGEST_PIXELS = {
    # A JPEG is decoded at a fraction of its size.
    "JPEG": 110_000_000,
    "MPO": 110_000_000,
    "PNG": 65_000_000,
    "GIF": 65_000_000,
    "HEIF": 55_000_000,
    # Measured: 13 bytes a pixel while libwebp decodes, whatever the picture holds.
    "WEBP": 20_000_000,
}
OTHERS_PIXELS = 25_000_000
"""The limit of the formats that are not in `LARGEST_PIXELS`."""
MOST_MEMORY = 270_000_000
"""Bytes that the pixels of one picture may take while it is decoded. Buffers come on top."""
_NAMES = {"WEBP": "WebP", "HEIF": "HEIC", "MPO": "JPEG"}
_BEGINNINGS = {
    png_chunks.SIGNATURE: "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_CERTAIN = ("PNG", "JPEG")
_AVIF = (b"avif", b"avis")
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# The entry of an item of the type Exif: version and flags, number, protection, type.
_EXIF_ITEM = re.compile(rb"(infe.{8})Exif", re.DOTALL)
_RESAVE = "save the picture again and upload it once more"


def kind_of(content: bytes) -> str | None:
    """The format that the file's first bytes promise; None if they promise none for certain."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return "AVIF" if brand in _AVIF else "HEIF" if brand in _HEIC else None
    return None


def opened(content: bytes, kind: str | None) -> Image.Image:
    """The picture, not decoded yet. Raises a `PictureError` that names the fault."""
    _prepare_pillow()
    try:
        return _open(content, kind)
    except Image.DecompressionBombError as error:
        raise TooManyPixels(
            "the picture has more than 178 million pixels, and the limit is "
            f"{LARGEST_PIXELS['JPEG'] // 1_000_000} million for a JPEG and less for other "
            "formats; send a smaller picture"
        ) from error
    except Exception as error:  # Pillow's plugins raise anything on a damaged header
        if kind == "TIFF":
            _check_samples(content)
        without = _without_metadata(content, kind)
        if without is not None:
            try:
                return _open(without, kind)
            except Exception:  # it was not the metadata
                pass
        if kind is None and isinstance(error, UnidentifiedImageError):
            raise UnknownFormat(
                f"this is not a picture that can be read here; send {READABLE}"
            ) from error
        which = "picture" if kind is None else f"{name_of(kind)} picture"
        raise BrokenPicture(f"the {which}'s header is damaged; {_RESAVE}") from error


def _open(content: bytes, kind: str | None) -> Image.Image:
    formats = (kind,) if kind in _CERTAIN else FORMATS
    return Image.open(io.BytesIO(content), formats=formats)


def _without_metadata(content: bytes, kind: str | None) -> bytes | None:
    """The file without what no pixel needs, for formats whose plugins fail on it."""
    if kind == "JPEG":
        return jpeg.with_needed_segments(content)
    if kind == "AVIF":
        # Pillow fails on damaged EXIF, which turns no AVIF: its own boxes do.
        return _EXIF_ITEM.sub(rb"\1skip", content, count=1)
    return None


def _check_samples(content: bytes) -> None:
    """Raise `UnknownFormat` for a TIFF whose header is whole: what it holds cannot be read."""
    try:
        directory = ImageFileDirectory_v2(content[:8])
        file = io.BytesIO(content)
        file.seek(directory.next)
        directory.load(file)
        tags = {tag: directory[tag] for tag in (256, 257, 258, 259, 262, 339) if tag in directory}
        whole = {tag: each if isinstance(each, tuple) else (each,) for tag, each in tags.items()}
        message = depth.unreadable_samples(whole)
    except Exception:  # it is damaged
        return
    if 256 in whole and 257 in whole:
        raise UnknownFormat(message)


@cache
def _prepare_pillow() -> None:
    import pillow_heif  # here, because importing this module does no work

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    # Pillow only warns below its own limit, and our lower limit is checked right after opening.
    # The filter is set once, because warnings.catch_warnings() is not safe with several threads.
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def name_of(kind: str) -> str:
    """The name of a format as people write it."""
    return _NAMES.get(kind, kind)


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


def check_pixels(kind: str, width: int, height: int, bytes_per_pixel: float = 1) -> None:
    """Raise `TooManyPixels` for more pixels than a picture of this format and depth may have."""
    most = LARGEST_PIXELS.get(kind, OTHERS_PIXELS)
    which = name_of(kind)
    if MOST_MEMORY / bytes_per_pixel < most:
        most = int(MOST_MEMORY / bytes_per_pixel)
        which += f" that takes {bytes_per_pixel:g} bytes of memory a pixel"
    if width * height > most:
        raise TooManyPixels(
            f"the picture has {width} x {height} pixels, and the limit is {most // 1_000_000} "
            f"million for a {which}; send a smaller picture"
        )


def check_webp(content: bytes) -> None:
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
    check_pixels("WEBP", width, height)
