"""Proper scoring rules: the negative log-likelihood, and the Brier score with its decomposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration import BINS, Floats, check, equal_width_bins, table_of

# With a probability of 0 for the true class, one picture would make the mean infinite.
_SMALLEST = float(np.finfo(np.float64).tiny)


def nll(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """The mean negative log-likelihood of the true class, in nats."""
    p, y = check(probabilities, labels)
    return float(-np.log(np.maximum(p[np.arange(len(p)), y], _SMALLEST)).mean())


def brier_by_picture(probabilities: ArrayLike, labels: ArrayLike) -> Floats:
    """The Brier score of each picture, `[n]`: Σ_k (p_k - y_k)², from 0 to 2 (Brier 1950)."""
    p, y = check(probabilities, labels)
    return np.asarray(((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1))


@dataclass(frozen=True)
class BrierParts:
    """The parts of a Brier score: reliability - resolution + uncertainty + within.

    Murphy (1973) shows it without `within`, for bins in which all forecasts are equal. `within` is
    the remainder where they are not (Stephenson et al. 2008). The parts are sums over classes.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def brier_parts(probabilities: ArrayLike, labels: ArrayLike, bins: int = BINS) -> BrierParts:
    """The parts of the Brier score: each class has `bins` bins of equal width."""
    p, y = check(probabilities, labels)
    n, classes = p.shape
    reliability = resolution = uncertainty = 0.0
    for k in range(classes):
        happened = (y == k).astype(np.float64)
        table = table_of(p[:, k], happened, equal_width_bins(p[:, k], bins), bins)
        rate, share = happened.mean(), table.count / n
        reliability += float((share * (table.confidence - table.accuracy) ** 2).sum())
        resolution += float((share * (table.accuracy - rate) ** 2).sum())
        uncertainty += float(rate * (1 - rate))
    total = float(brier_by_picture(p, y).mean())
    within = total - (reliability - resolution + uncertainty)
    return BrierParts(reliability, resolution, uncertainty, within)
