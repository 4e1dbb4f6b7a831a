"""Which places of a picture an answer rests on: what it loses when each place is covered.

Occlusion sensitivity is from Zeiler and Fergus (2014), "Visualizing and Understanding Convolutional
Networks", section 4.2. Here it is told in logits and not in probabilities: a probability near 1
hardly moves while the logits behind it do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import PICTURE_SIZE
from contract.twins import NAMES
from serve.inference.engine import Engine

PATCH = 12
"""The side of the square that covers a place, in pixels of the picture."""
STEP = 4
"""The distance between two places, in pixels."""
_STARTS = range(0, PICTURE_SIZE - PATCH + 1, STEP)
PLACES = len(_STARTS)
"""The number of places in a row and in a column."""


def covered(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`[PLACES**2 + 1, 32, 32, 3]`: the picture itself, then with each place in its mean colour.

    The places go row by row. `pixels` is uint8 `[32, 32, 3]`.
    """
    pictures = np.repeat(pixels[np.newaxis], PLACES**2 + 1, axis=0)
    mean = np.rint(pixels.mean(axis=(0, 1))).astype(np.uint8)
    corners = [(top, left) for top in _STARTS for left in _STARTS]
    for picture, (top, left) in zip(pictures[1:], corners, strict=True):
        picture[top : top + PATCH, left : left + PATCH] = mean
    return pictures


def margins(logits: NDArray[np.float32], answer: int) -> NDArray[np.float32]:
    """The logit of the class `answer` minus the largest other one, `[n]`, from logits `[n, 10]`."""
    others = np.delete(logits, answer, axis=1)
    return np.asarray(logits[:, answer] - others.max(axis=1), np.float32)


def losses(
    engine: Engine, pixels: NDArray[np.uint8], client: str
) -> dict[str, NDArray[np.float32]]:
    """By model, how much of its answer's margin each place carries, `[PLACES, PLACES]`, in logits.

    Positive where covering the place makes the answer less clear, negative where it makes it
    clearer. Both models see all pictures in one batch. Raises `Overloaded` if too much waits.
    """
    outputs = engine.infer_blocking(covered(pixels), client=client)
    found = {}
    for name in NAMES:
        logits = outputs[name]["logits"]
        margin = margins(logits, int(logits[0].argmax()))
        found[name] = (margin[0] - margin[1:]).reshape(PLACES, PLACES)
    return found


def by_pixel(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over all places that cover a pixel, `[32, 32]`, from `[PLACES, PLACES]`."""
    total = np.zeros((PICTURE_SIZE, PICTURE_SIZE), np.float32)
    count = np.zeros_like(total)
    for row, top in enumerate(_STARTS):
        for column, left in enumerate(_STARTS):
            total[top : top + PATCH, left : left + PATCH] += places[row, column]
            count[top : top + PATCH, left : left + PATCH] += 1
    return total / count
