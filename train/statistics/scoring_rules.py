"""Proper scoring rules: the negative log-likelihood, and the Brier score with its decomposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration import BINS, Floats, check, equal_width_bins, table_of

# A probability of 0 for the true class would make one picture outweigh all others.
_SMALLEST = float(np.finfo(np.float64).tiny)


def nll(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean negative log-likelihood of the true class, in nats."""
    p, y = check(probabilities, labels)
    return float(-np.log(np.maximum(p[np.arange(len(p)), y], _SMALLEST)).mean())


def brier_by_picture(probabilities: ArrayLike, labels: ArrayLike) -> Floats:
    """Σ_k (p_k - y_k)², from 0 to 2, `[n]` (Brier 1950; not divided by K)."""
    p, y = check(probabilities, labels)
    return np.asarray(((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1))


@dataclass(frozen=True)
class BrierParts:
    """Murphy (1973): Brier = reliability - resolution + uncertainty + within, over all classes.

    The identity is exact where the forecasts in a bin are equal; `within` is what is left by those
    that are not (Stephenson et al. 2008).
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def brier_parts(probabilities: ArrayLike, labels: ArrayLike, bins: int = BINS) -> BrierParts:
    """The decomposition, each class by itself, in `bins` bins of equal width."""
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
