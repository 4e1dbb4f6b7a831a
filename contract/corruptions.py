"""Deterministic corruptions of 32x32 pictures at severities 1 to 5.

Pictures are uint8 `[n, 32, 32, 3]`, both as input and as output. The kinds resemble those of
Hendrycks and Dietterich (2019). The strengths are this project's own and were set by eye: at
severity 3 a person still sees at once what most pictures show, at severity 5 no longer. Noise comes
from a fixed seed.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.cifar10 import PICTURE_SIZE

Pictures = NDArray[np.uint8]

SEVERITIES = (1, 2, 3, 4, 5)
# A picture that is turned by 45 degrees needs a border of this width to fill the corners.
_BORDER = 8
_GREY = 128


def corrupt(pictures: Pictures, kind: str, severity: int) -> Pictures:
    """`pictures` with the corruption `kind`; severity 0 leaves them unchanged.

    Raises `ValueError` for an unknown kind or severity, or an array of another shape or type.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown corruption {kind!r}; choose one of {', '.join(KINDS)}")
    if severity not in (0, *SEVERITIES):
        raise ValueError(f"severity is {severity}; it must be a whole number from 0 to 5")
    size = (PICTURE_SIZE, PICTURE_SIZE, 3)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[1:] != size:
        raise ValueError(
            f"pictures are {pictures.dtype} {pictures.shape}; they must be uint8 [n, 32, 32, 3]"
        )
    if severity == 0 or not len(pictures):
        return pictures.copy()
    return KINDS[kind](pictures, severity - 1)


def _noise(pictures: Pictures, strength: int) -> Pictures:
    deviation = 255 * (0.04, 0.08, 0.12, 0.18, 0.26)[strength]
    drawn = np.random.default_rng(strength).standard_normal(pictures.shape)
    return _to_bytes(pictures + deviation * drawn)


def _blur(pictures: Pictures, strength: int) -> Pictures:
    sigma = (0.5, 0.75, 1.0, 1.4, 2.0)[strength]
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    blurred = pictures.astype(np.float64)
    for axis in (1, 2):
        margin = [(0, 0)] * 4
        margin[axis] = (reach, reach)
        padded = np.pad(blurred, margin, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=axis)
        blurred = windows @ kernel
    return _to_bytes(blurred)


def _brightness(pictures: Pictures, strength: int) -> Pictures:
    return _to_bytes(pictures + 255 * (0.1, 0.2, 0.3, 0.4, 0.5)[strength])


def _contrast(pictures: Pictures, strength: int) -> Pictures:
    factor = (0.7, 0.5, 0.35, 0.25, 0.15)[strength]
    mean = pictures.mean(axis=(1, 2, 3), keepdims=True)
    return _to_bytes(mean + factor * (pictures - mean))


def _pixelate(pictures: Pictures, strength: int) -> Pictures:
    side = (24, 20, 16, 12, 8)[strength]

    def coarse(image: Image.Image) -> Image.Image:
        small = image.resize((side, side), Image.Resampling.BOX)
        return small.resize((PICTURE_SIZE, PICTURE_SIZE), Image.Resampling.NEAREST)

    return _one_by_one(pictures, coarse)


def _jpeg(pictures: Pictures, strength: int) -> Pictures:
    quality = (60, 40, 25, 15, 8)[strength]

    def packed(image: Image.Image) -> Image.Image:
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=quality)
        return Image.open(stored, formats=["JPEG"])

    return _one_by_one(pictures, packed)


def _rotation(pictures: Pictures, strength: int) -> Pictures:
    degrees = (5, 10, 20, 30, 45)[strength]
    margin = [(0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0)]
    inner = (_BORDER, _BORDER, _BORDER + PICTURE_SIZE, _BORDER + PICTURE_SIZE)

    def turned(image: Image.Image) -> Image.Image:
        return image.rotate(degrees, Image.Resampling.BILINEAR).crop(inner)

    return _one_by_one(np.pad(pictures, margin, mode="reflect"), turned)


def _occlusion(pictures: Pictures, strength: int) -> Pictures:
    side = (6, 9, 12, 15, 18)[strength]
    start = (PICTURE_SIZE - side) // 2
    covered = pictures.copy()
    covered[:, start : start + side, start : start + side] = _GREY
    return covered


def _one_by_one(pictures: Pictures, change: Callable[[Image.Image], Image.Image]) -> Pictures:
    return np.stack([np.asarray(change(Image.fromarray(pixels))) for pixels in pictures])


def _to_bytes(values: NDArray[np.floating]) -> Pictures:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


KINDS: dict[str, Callable[[Pictures, int], Pictures]] = {
    "noise": _noise,
    "blur": _blur,
    "brightness": _brightness,
    "contrast": _contrast,
    "pixelation": _pixelate,
    "jpeg": _jpeg,
    "rotation": _rotation,
    "occlusion": _occlusion,
}
"""The corruptions by name, in the order in which they are shown."""
