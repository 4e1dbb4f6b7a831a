"""The reliability diagram, the expected calibration error and its floor, and the signed gap.

`sure` `[n]` are confidences from 0 to 1, and `correct` `[n]` says whether each answer was right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contract.calibration.probabilities import Bools, Floats

BINS = 15
"""The number of bins, as in Guo et al. (2017)."""


@dataclass(frozen=True)
class Table:
    """The bins of a reliability diagram that are not empty. Each array is `[bins]`."""

    count: NDArray[np.int64]
    confidence: Floats
    """The mean confidence in each bin."""
    accuracy: Floats


def equal_width(sure: Floats, correct: Bools, bins: int = BINS) -> Table:
    """The reliability diagram in the bins (0, 1/bins], (1/bins, 2/bins] and so on."""
    return table_of(sure, correct, equal_width_bins(sure, bins), bins)


def equal_mass(sure: Floats, correct: Bools, bins: int = BINS) -> Table:
    """The reliability diagram in bins that hold the same number of pictures, give or take one.

    Pictures with the same confidence share a bin: the one that the first of them falls in.
    """
    return table_of(sure, correct, equal_mass_bins(sure, bins), bins)


def ece(table: Table) -> float:
    """Expected calibration error: Σ n_b/n · |accuracy_b - confidence_b|, from 0 to 1."""
    gaps: Floats = np.abs(table.accuracy - table.confidence)
    return float((table.count * gaps).sum() / table.count.sum())


def ece_floor(sure: Floats, which: NDArray[np.int64]) -> float:
    """The mean ECE of a perfectly calibrated model with the confidences `sure`, from 0 to 1.

    `which` `[n]` is the bin of each picture, as `equal_width_bins` or `equal_mass_bins` return it.
    Such a model is right on picture i with probability p_i, its confidence, independently of the
    other pictures. In a bin b of n_b pictures, accuracy minus confidence then has mean 0 and
    variance σ_b² = Σ p_i(1 - p_i) / n_b². If it is normally distributed, its absolute value has
    mean σ_b·√(2/π), and the ECE has mean Σ n_b/n · σ_b·√(2/π) = √(2/π)/n · Σ_b √(Σ p_i(1 - p_i)).
    """
    variances = np.bincount(which, sure * (1 - sure))
    return float(np.sqrt(2 / np.pi) * np.sqrt(variances).sum() / len(sure))


def perfect_deviations(sure: Floats, which: NDArray[np.int64]) -> Floats:
    """How far a perfectly calibrated model's accuracy lies from its confidence by chance, `[bins]`.

    It is the standard deviation σ_b of `ece_floor`, for each bin that is not empty. 95% of the
    points of such a model's reliability diagram lie within about 1.96 σ_b of the diagonal (Bröcker
    and Smith 2007, "Increasing the Reliability of Reliability Diagrams", draw the same range).
    """
    count = np.bincount(which)
    full = count > 0
    return np.asarray(np.sqrt(np.bincount(which, sure * (1 - sure))[full]) / count[full])


def signed_gap(sure: Floats, correct: Bools) -> float:
    """Mean confidence minus accuracy. Above 0, the model is overconfident; ECE hides the sign."""
    return float(np.mean(sure) - np.mean(correct))


def equal_mass_bins(values: Floats, bins: int) -> NDArray[np.int64]:
    """The bin `[n]` of each value, from 0 to bins - 1, as in `equal_mass`."""
    ranks = np.searchsorted(np.sort(values), values, side="left")
    return np.asarray(ranks * bins // len(values), np.int64)


def equal_width_bins(values: Floats, bins: int) -> NDArray[np.int64]:
    """The bin `[n]` of each value, from 0 to bins - 1, as in `equal_width`."""
    return np.asarray(np.clip(np.ceil(values * bins) - 1, 0, bins - 1), np.int64)


def table_of(values: Floats, happened: ArrayLike, which: NDArray[np.int64], bins: int) -> Table:
    """The reliability diagram of `values` `[n]`, with the bin of each value in `which` `[n]`.

    `happened` `[n]` says whether the event came true to which the value gave a probability.
    """
    count = np.bincount(which, minlength=bins)
    full = count > 0
    weights = np.asarray(happened, np.float64)
    return Table(
        count=count[full],
        confidence=np.bincount(which, values, bins)[full] / count[full],
        accuracy=np.bincount(which, weights, bins)[full] / count[full],
    )
