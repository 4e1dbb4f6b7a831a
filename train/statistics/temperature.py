"""Temperature scaling (Guo et al. 2017): the one number by which logits are divided."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    check_labels,
    check_matrix,
)


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The T that makes the NLL least (Guo et al. 2017, section 4.2), within the range allowed.

    The NLL is convex in 1/T: its slope is followed to zero by bisection. Where it has no zero in
    the range (every answer right, say), T is the end of the range that is nearer to it.
    """
    z = check_matrix(logits, "logits")
    y = check_labels(labels, *z.shape)
    z = z - z.max(axis=1, keepdims=True)
    true = z[np.arange(len(z)), y]

    def slope(inverse: float) -> float:
        e = np.exp(z * inverse)
        return float(((e * z).sum(axis=1) / e.sum(axis=1) - true).mean())

    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    if slope(high) <= 0:
        return LOWEST_TEMPERATURE
    if slope(low) >= 0:
        return HIGHEST_TEMPERATURE
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(1 / (low * high) ** 0.5)
