"""Pictures that show none of the ten classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits, load_sample_images

from contract.cifar10 import PICTURE_SIZE

EACH = 1000
_SIZE = (PICTURE_SIZE, PICTURE_SIZE)
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
    large = [np.asarray(Image.fromarray(g).resize(_SIZE, Image.Resampling.BILINEAR)) for g in grey]
    return np.repeat(np.stack(large)[..., np.newaxis], 3, axis=3)


def _clouds(rng: np.random.Generator) -> Pictures:
    """Random colours on a grid of 2 to 8 by 2 to 8, with smooth transitions."""
    made = []
    for side in rng.integers(2, 9, EACH):
        grid = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
        made.append(np.asarray(grid.resize(_SIZE, Image.Resampling.BICUBIC)))
    return np.stack(made)


def _text(rng: np.random.Generator) -> Pictures:
    """Lines of random letters in one colour on another, in three sizes."""
    fonts = [ImageFont.load_default(size) for size in (8, 12, 16)]
    made = []
    for _ in range(EACH):
        paper, ink = (tuple(map(int, colour)) for colour in rng.integers(0, 256, (2, 3)))
        page = Image.new("RGB", (96, 96), paper)
        draw, font = ImageDraw.Draw(page), fonts[rng.integers(len(fonts))]
        for y in range(0, 96, 10):
            letters = "".join(map(chr, rng.integers(ord("A"), ord("z") + 1, 18)))
            draw.text((int(rng.integers(-20, 4)), y), letters, fill=ink, font=font)
        made.append(np.asarray(page.resize(_SIZE, Image.Resampling.BOX)))
    return np.stack(made)


def _photos(rng: np.random.Generator) -> Pictures:
    """Squares of 32 to 128 pixels of the two photos in scikit-learn: a pagoda and a flower."""
    photos = [Image.fromarray(photo) for photo in load_sample_images().images]
    made = []
    for index in range(EACH):
        photo = photos[index % len(photos)]
        side = int(PICTURE_SIZE * 4 ** rng.random())
        left, top = (int(rng.integers(length - side + 1)) for length in photo.size)
        square = photo.crop((left, top, left + side, top + side))
        made.append(np.asarray(square.resize(_SIZE, Image.Resampling.BOX)))
    return np.stack(made)


_SETS: dict[str, Callable[[np.random.Generator], Pictures]] = {
    "noise": _noise,
    "flat colours": _flat,
    "stripes": _stripes,
    "digits": _digits,
    "clouds": _clouds,
    "text": _text,
    "pieces of photos": _photos,
}


def pictures() -> dict[str, Pictures]:
    """The sets of pictures by name, each uint8 `[1000, 32, 32, 3]`; they are always the same."""
    return {name: make(np.random.default_rng(0)) for name, make in _SETS.items()}
