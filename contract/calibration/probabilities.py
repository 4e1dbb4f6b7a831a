"""Logits, probabilities and confidences of a classifier, checked, in NumPy and float64.

Everywhere `logits` and `probabilities` are `[n, K]`, and `labels` are `[n]` whole numbers from 0 to
K-1. A *confidence* is the largest probability of a row, and an answer is *correct* where that class
is the label. Ties between classes go to the first, as `argmax` does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0


def softmax(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities of `logits / temperature`. Raises for a temperature out of range."""
    z = check_matrix(logits, "logits") / check_temperature(temperature)
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def check_temperature(temperature: float) -> float:
    """Return `temperature` if it may divide logits; raise `ValueError` if not."""
    if not LOWEST_TEMPERATURE <= temperature <= HIGHEST_TEMPERATURE:
        raise ValueError(
            f"temperature is {temperature:g}; it must be from {LOWEST_TEMPERATURE:g} to "
            f"{HIGHEST_TEMPERATURE:g}"
        )
    return float(temperature)


def check(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """Both as arrays, or `ValueError`: shape, NaN, range, rows that do not sum to 1, labels."""
    p = check_matrix(probabilities, "probabilities")
    if (p < 0).any() or (p > 1 + 1e-6).any():
        raise ValueError(
            f"probabilities lie from {p.min():g} to {p.max():g}; each must be from 0 to 1: "
            "give the softmax, not the logits"
        )
    off = np.abs(p.sum(axis=1) - 1)
    worst = int(off.argmax())
    if off[worst] > 1e-4:
        raise ValueError(
            f"the probabilities of row {worst} sum to {p[worst].sum():g}; each row must sum to 1"
        )
    return p, check_labels(labels, *p.shape)


def confidence(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, Bools]:
    """The largest probability `[n]`, and whether its class is the label `[n]`."""
    p, y = check(probabilities, labels)
    return p.max(axis=1), p.argmax(axis=1) == y


def check_matrix(values: ArrayLike, what: str) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim != 2 or not array.size or array.shape[1] < 2:
        raise ValueError(f"{what} have shape {array.shape}; they must be [pictures, classes]")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"{what} of row {row} hold NaN or infinity; each must be a number")
    return array


def check_labels(labels: ArrayLike, n: int, classes: int) -> NDArray[np.int64]:
    y = np.asarray(labels)
    if y.shape != (n,):
        raise ValueError(f"labels have shape {y.shape}; there must be one for each of {n} rows")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels are {y.dtype}; they must be whole numbers")
    if y.min() < 0 or y.max() >= classes:
        bad = int(y[(y < 0) | (y >= classes)][0])
        raise ValueError(f"label {bad} is not from 0 to {classes - 1}")
    return y.astype(np.int64)
