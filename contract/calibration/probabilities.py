"""Checked logits, probabilities and confidences of a classifier, as NumPy arrays of float64.

Throughout, `logits` and `probabilities` are `[n, K]`, and `labels` are `[n]` integers from 0 to
K - 1. A *confidence* is the largest probability of a row, and an answer is *correct* if the class
with that probability is the label. Of several equally likely classes, the first one counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0


def softmax(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """The probabilities `[n, K]` of `logits / temperature`.

    Raises `ValueError` if the temperature is out of range.
    """
    z = check_matrix(logits, "logits") / check_temperature(temperature)
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def check_temperature(temperature: float) -> float:
    """Return `temperature` if it is in the allowed range; raise `ValueError` if not."""
    if not LOWEST_TEMPERATURE <= temperature <= HIGHEST_TEMPERATURE:
        raise ValueError(
            f"temperature is {temperature:g}; it must be from {LOWEST_TEMPERATURE:g} to "
            f"{HIGHEST_TEMPERATURE:g}"
        )
    return float(temperature)


def check(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """`probabilities` `[n, K]` and `labels` `[n]` as arrays.

    Raises `ValueError` as `check_probabilities` and `check_labels` do.
    """
    p = check_probabilities(probabilities)
    return p, check_labels(labels, *p.shape)


def check_probabilities(probabilities: ArrayLike) -> Floats:
    """`probabilities` `[n, K]` as an array.

    Raises `ValueError` if the shape does not fit, a value is NaN or out of range, or a row does not
    sum to 1.
    """
    p = check_matrix(probabilities, "probabilities")
    if (p < 0).any() or (p > 1 + 1e-6).any():
        raise ValueError(
            f"probabilities lie from {p.min():g} to {p.max():g}; each must be from 0 to 1; "
            "pass the softmax, not the logits"
        )
    off = np.abs(p.sum(axis=1) - 1)
    worst = int(off.argmax())
    if off[worst] > 1e-4:
        raise ValueError(
            f"the probabilities of row {worst} sum to {p[worst].sum():g}; each row must sum to 1"
        )
    return p


def confidence(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, Bools]:
    """The confidences `[n]`, and whether each answer is correct `[n]`."""
    p, y = check(probabilities, labels)
    return p.max(axis=1), p.argmax(axis=1) == y


def check_matrix(values: ArrayLike, what: str) -> Floats:
    """`values` as a finite array `[n, K]`. Raises `ValueError`, which calls them `what`."""
    array = np.array(values, dtype=np.float64)
    if array.ndim != 2 or not array.size or array.shape[1] < 2:
        raise ValueError(f"{what} have shape {array.shape}; they must be [pictures, classes]")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"{what} of row {row} hold NaN or infinity; each must be a finite number")
    return array


def check_labels(labels: ArrayLike, n: int, classes: int) -> NDArray[np.int64]:
    """`labels` as an array `[n]`. Raises `ValueError` if they do not fit `n` rows of `classes`."""
    y = np.asarray(labels)
    if y.shape != (n,):
        raise ValueError(f"labels have shape {y.shape}; there must be one for each of the {n} rows")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels are {y.dtype}; they must be integers")
    if y.min() < 0 or y.max() >= classes:
        bad = int(y[(y < 0) | (y >= classes)][0])
        raise ValueError(f"label {bad} is not from 0 to {classes - 1}")
    return y.astype(np.int64)
