"""Temperature scaling: all logits are divided by one number (Guo et al. 2017)."""

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
    """The T in the allowed range that minimises the NLL (Guo et al. 2017, section 4.2).

    The NLL is convex in 1/T, so bisection finds the zero of its slope. If there is none in the
    range, for example because every answer is right, T is the end of the range with the lower NLL.
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
