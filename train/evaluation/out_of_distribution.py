"""Pictures that show none of the ten classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from contract.cifar10 import PICTURE_SIZE

EACH = 1000
_SHAPE = (EACH, PICTURE_SIZE, PICTURE_SIZE, 3)

Pictures = NDArray[np.uint8]


def _noise(rng: np.random.Generator) -> Pictures:
    """Pictures in which each channel of each pixel is random and independent."""
    return rng.integers(0, 256, _SHAPE, dtype=np.uint8)


def _flat(rng: np.random.Generator) -> Pictures:
    """Pictures of one random colour."""
    colours = rng.integers(0, 256, (EACH, 1, 1, 3), dtype=np.uint8)
    return np.broadcast_to(colours, _SHAPE).copy()


def _stripes(rng: np.random.Generator) -> Pictures:
    """Waves between two colours, in any direction, 3 to 16 pixels long."""
    angle = rng.uniform(0, np.pi, (EACH, 1, 1))
    length = rng.uniform(3, 16, (EACH, 1, 1))
    phase = rng.uniform(0, 2 * np.pi, (EACH, 1, 1))
    y, x = np.mgrid[:PICTURE_SIZE, :PICTURE_SIZE]
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length + phase)
    share = ((wave + 1) / 2)[..., np.newaxis]
    first, second = rng.integers(0, 256, (2, EACH, 1, 1, 3))
    return np.asarray(np.rint(share * first + (1 - share) * second), np.uint8)


def _digits(rng: np.random.Generator) -> Pictures:
    """Handwritten digits (UCI, as scikit-learn ships them: 8x8, grey), enlarged."""
    images = load_digits().images
    chosen = images[rng.permutation(len(images))[:EACH]]
    grey = np.asarray(np.rint(chosen * 255 / 16), np.uint8)
    size = (PICTURE_SIZE, PICTURE_SIZE)
    large = [np.asarray(Image.fromarray(g).resize(size, Image.Resampling.BILINEAR)) for g in grey]
    return np.repeat(np.stack(large)[..., np.newaxis], 3, axis=3)


_SETS: dict[str, Callable[[np.random.Generator], Pictures]] = {
    "noise": _noise,
    "flat colours": _flat,
    "stripes": _stripes,
    "digits": _digits,
}


def pictures() -> dict[str, Pictures]:
    """The sets of pictures by name, each uint8 `[1000, 32, 32, 3]`; they are always the same."""
    return {name: make(np.random.default_rng(0)) for name, make in _SETS.items()}
