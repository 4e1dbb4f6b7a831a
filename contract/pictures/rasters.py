"""Decoded pixels where their decoder put them, the memory that this takes, and their shrinking.

Pillow copies what libheif, libwebp and libavif decode, at 4 bytes a pixel. For those three the
decoder is asked itself, through attributes that Pillow and pillow_heif keep private; the tests of
every format hold them to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from contract.cifar10 import PICTURE_SIZE
from contract.pictures.depth import Plain

# Averaging to four times the target and a bicubic filter from there is as good as one filter.
_GAP = 4
_PIXELS_AT_ONCE = 2_000_000
"""Pixels of a strip that is made plain at a time."""
Part = Callable[[tuple[int, int, int, int]], Image.Image]


@dataclass(frozen=True)
class Raster:
    """Decoded pixels, from which parts can be taken."""

    size: tuple[int, int]
    part: Part
    """The pixels in a box of left, top, right and bottom."""


def of_image(image: Image.Image) -> Raster:
    """The pixels of a loaded picture."""
    whole = (0, 0, *image.size)
    return Raster(image.size, lambda box: image if box == whole else image.crop(box))


def shrunk(raster: Raster, plain: Plain, converted: Plain) -> Image.Image:
    """The central square, `[32, 32]`, in the mode of `converted`.

    `plain` is applied to the picture part by part, `converted` to an eighth of it or less.
    """
    width, height = raster.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    factor = side // (_GAP * PICTURE_SIZE) or 1
    if factor == 1:
        small = plain(raster.part((left, top, left + side, top + side)))
    else:
        small = _averaged(raster, plain, (left, top, left + side, top + side), factor)
    small = converted(small)
    if small.size == (PICTURE_SIZE, PICTURE_SIZE):
        return small  # resizing would return the same pixels
    return small.resize(
        (PICTURE_SIZE, PICTURE_SIZE),
        Image.Resampling.BICUBIC,
        box=(0, 0, side / factor, side / factor),
    )


def _averaged(
    raster: Raster, plain: Plain, box: tuple[int, int, int, int], factor: int
) -> Image.Image:
    """The part in `box`, each square of `factor` pixels averaged to one."""
    left, top, right, bottom = box
    rows = max(1, _PIXELS_AT_ONCE // raster.size[0] // factor) * factor
    small: Image.Image | None = None
    for start in range(top, bottom, rows):
        end = min(start + rows, bottom)
        strip = plain(raster.part((left, start, right, end))).reduce(factor)
        if small is None:
            if end == bottom:
                return strip
            side = -(-(right - left) // factor)
            small = Image.new(strip.mode, (side, side))
        small.paste(strip, (0, (start - top) // factor))
    assert small is not None
    return small


def bytes_per_pixel(image: Image.Image, content: bytes) -> float:
    """The memory that decoding takes for a pixel of a picture that is not a JPEG, as measured."""
    bands = len(image.getbands())
    alpha = image.mode[-1:] in ("A", "a")
    if image.format == "HEIF":
        planes = {420: 1.5, 422: 2.0}.get(int(image.info.get("chroma", 444)), 3.0) + alpha
        deep = int(image.info.get("bit_depth", 8)) > 8
        # libheif makes RGB of full chroma, and 8 bits of more, in a step of its own.
        between = bands * (1 + deep) if deep or planes >= 3 else 0
        return planes * (1 + deep) + between + bands
    if image.format == "AVIF":
        planes, deep = _av1_planes(content)
        return (planes + alpha) * (1 + deep) + 2 * bands + 1
    if image.mode in ("1", "L", "P"):
        return 1
    return 2 if image.mode.startswith("I;16") else 4


def _av1_planes(content: bytes) -> tuple[float, bool]:
    """Samples a pixel and whether they have more than 8 bits, by the configuration of AV1."""
    at = content.find(b"av1C")
    flags = content[at + 6] if 0 <= at < len(content) - 6 else 0
    planes = 3.0 if not flags & 0x08 else 1.5 if flags & 0x04 else 2.0
    return planes, bool(flags & 0x40)


def _of_bytes(mode: str, size: tuple[int, int], data: Any, stride: int, stored: str) -> Raster:
    """Pixels in memory that is not Pillow's, which calls their layout `stored`. They are copied a
    part at a time."""
    view = memoryview(data)
    width, height = size
    if len(view) < stride * height:
        raise ValueError("fewer pixels than the size says")

    def part(box: tuple[int, int, int, int]) -> Image.Image:
        left, top, right, bottom = box
        rows = view[top * stride : bottom * stride]
        strip = Image.frombytes(mode, (width, bottom - top), rows, "raw", stored, stride)
        return strip if right - left == width else strip.crop((left, 0, right, bottom - top))

    return Raster(size, part)


def _of_heif(image: Any) -> Raster:
    frame = image._heif_file[image.tell()]
    data = frame.data  # first, because decoding may change the size
    return _of_bytes(frame.mode, frame.size, data, frame.stride, frame.mode)


def _of_webp(image: Any) -> Raster:
    data, _ = image._decoder.get_next()
    return _of_bytes(image.mode, image.size, data, 4 * image.width, image.rawmode)


def _of_avif(image: Any) -> Raster:
    data, *_ = image._decoder.get_frame(0)
    return _of_bytes(image.mode, image.size, data, len(image.getbands()) * image.width, image.mode)


OWN: Mapping[str, Callable[[Any], Raster]] = {"HEIF": _of_heif, "WEBP": _of_webp, "AVIF": _of_avif}
"""The formats whose pixels are not Pillow's, and how to get them."""
