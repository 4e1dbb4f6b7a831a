"""Opens a file as a picture, or says what is wrong with it. No pixel is decoded yet."""

from __future__ import annotations

import io
import re
import warnings
from functools import cache

from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from serve.errors import BrokenPicture, TooManyPixels, UnknownFormat
from serve.pictures import depth, jpeg, limits
from serve.pictures import png as png_chunks

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
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
            f"{limits.LARGEST_PIXELS['JPEG'] // 1_000_000} million for a JPEG and less for other "
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
        which = "picture" if kind is None else f"{limits.name_of(kind)} picture"
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
