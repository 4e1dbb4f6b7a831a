"""Decodes an uploaded picture into the 32x32 RGB pixels that the models take. The only decoder.

The number of pixels that a file's header claims is checked before any of them is decoded. Pillow
may read only the formats listed in `opening`, whatever name the file has. Whatever a browser shows
is answered; what is refused is called by its fault.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.cifar10 import PICTURE_SIZE
from contract.pictures import colour, depth, jpeg, loading, opening, orientation, png, rasters
from contract.pictures.errors import BrokenPicture, EmptyPicture, PictureError
from contract.pictures.opening import LARGEST_BYTES, READABLE, check_bytes, kind_of, opened

__all__ = [
    "LARGEST_BYTES",
    "READABLE",
    "Decoded",
    "Pixels",
    "check_bytes",
    "decode",
    "decode_with_notes",
]
Pixels = NDArray[np.uint8]
"""RGB: `[32, 32, 3]` for one picture, `[n, 32, 32, 3]` for several."""
# What a smaller picture needs is not counted, so it never waits for memory.
LARGE_BYTES = 16_000_000
_WHITE = (255, 255, 255, 255)


class Memory:
    """A number of bytes that threads share, handed out in the order in which they ask."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._asking: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def held(self, size: int) -> Iterator[None]:
        """Wait until `size` bytes are free, and hold them in the block. All are enough for any."""
        size = min(size, self._total)
        turn = object()
        with self._changed:
            self._asking.append(turn)
            self._changed.wait_for(lambda: self._asking[0] is turn and self._free >= size)
            self._asking.popleft()
            self._free -= size
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


# However many threads decode, they take no more memory together than one picture may take alone.
_memory = Memory(opening.MOST_MEMORY)


class Decoded(NamedTuple):
    """The pixels of a picture, and what its sender should know about them."""

    pixels: Pixels
    notes: tuple[str, ...] = ()
    """Whole sentences, for people; none for a picture in order."""


def decode(content: bytes) -> Pixels:
    """The central square of a picture's first frame, resized with antialiasing to `[32, 32, 3]`.

    The orientation is applied, colours become sRGB, transparent parts become white, and 16-bit
    channels are scaled to 8 bits. Raises a `PictureError` if the bytes are not a usable picture.
    """
    return decode_with_notes(content).pixels


def decode_with_notes(content: bytes) -> Decoded:
    """The same as `decode`, with notes. A JPEG or PNG that is cut short has one."""
    if not content:
        raise EmptyPicture("the picture is empty (0 bytes); send the bytes of a picture file")
    check_bytes(len(content))
    opening.check_webp(content)
    kind = kind_of(content)
    parts = png.take_apart(content) if kind == "PNG" else None
    if parts is not None:
        content = parts.content
    with opened(content, kind) as image:
        needed = _check_size(image, content)
        with _memory.held(needed) if needed >= LARGE_BYTES else nullcontext():
            try:
                return _decoded(image, content, parts)
            except PictureError:
                raise
            except Exception as error:  # Pillow's plugins raise anything on a damaged file
                raise _broken(str(image.format)) from error


def _broken(kind: str) -> BrokenPicture:
    return BrokenPicture(
        f"the {opening.name_of(kind)} picture is cut short or damaged; save the picture again and "
        "upload it once more"
    )


def _check_size(image: Image.Image, content: bytes) -> int:
    """The bytes of memory that decoding takes. Raises `TooManyPixels` if they are too many."""
    kind = str(image.format)
    if kind in ("JPEG", "MPO"):
        needed = jpeg.bytes_per_pixel(content)
    else:
        needed = rasters.bytes_per_pixel(image, content)
    opening.check_pixels(kind, *image.size, max(needed, 1))
    return int(image.width * image.height * needed)


def _decoded(image: Image.Image, content: bytes, parts: png.Png | None) -> Decoded:
    share = None
    own = rasters.OWN.get(str(image.format))
    if own is not None:
        raster = own(image)
    else:
        image, share = loading.loaded(image, content)
        if parts is not None and parts.is_plain and share is None and _is_ready(image):
            return Decoded(_array(image))
        raster = rasters.of_image(image)
    colours = colour.of_info(image.info) if parts is None else colour.of_png(parts)
    plain = depth.plain_for(image, keep_cmyk=colours.profile_mode == "CMYK")
    small = rasters.shrunk(raster, plain, lambda part: colour.to_srgb(part, colours))
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, _WHITE), small)
    if small.mode != "RGB":
        small = small.convert("RGB")
    notes: tuple[str, ...] = ()
    if share is not None:
        small = loading.without_missing(small, share, *raster.size)
        notes = (loading.note(share),)
    # Turning the small square gives the same result as turning the large picture first.
    small = orientation.turned(small, _orientation(image, content, parts))
    return Decoded(_array(small), notes)


def _is_ready(image: Image.Image) -> bool:
    """Whether nothing is to be done to the pixels. Pictures of CIFAR-10 are like that, and the
    steps that do nothing would take a sixth of the time."""
    return image.size == (PICTURE_SIZE, PICTURE_SIZE) and (
        image.mode == "RGB" and "transparency" not in image.info
    )


def _array(small: Image.Image) -> Pixels:
    # Gives the same as np.array(small) in a fifth of the time.
    return np.frombuffer(small.tobytes(), np.uint8).reshape(PICTURE_SIZE, PICTURE_SIZE, 3)


def _orientation(image: Image.Image, content: bytes, parts: png.Png | None) -> int:
    if parts is not None:
        return orientation.of_exif(parts.exif)
    if image.format == "HEIF":
        if not orientation.exif_turns_heic(content):
            return 1
        # pillow_heif takes the orientation out of the EXIF and keeps it here.
        return int(image.info.get("original_orientation") or 1)
    if image.format == "TIFF":  # Pillow turns it while it loads
        return 1
    exif: Any = image.info.get("exif")
    return orientation.of_exif(exif if isinstance(exif, bytes) else None)
