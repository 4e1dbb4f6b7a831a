"""Confidence intervals and p-values from bootstrap samples of pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from contract.calibration.intervals import Interval
from contract.calibration.probabilities import Floats


def resample(
    statistic: Callable[[NDArray[np.int64]], Floats], n: int, repeats: int = 1000, seed: int = 0
) -> Floats:
    """The figures in each of `repeats` bootstrap samples, `[repeats, m]` (Efron 1979).

    `statistic` returns the figures `[m]` of the pictures at the indices `[n]` it is given, which
    are drawn with replacement. Differences computed within a sample are *paired*. The same seed
    gives the same samples.
    """
    rng = np.random.default_rng(seed)
    return np.stack([statistic(rng.integers(0, n, n)) for _ in range(repeats)])


def percentile_intervals(drawn: Floats) -> list[Interval]:
    """The 95% percentile interval of each figure in bootstrap samples `[repeats, m]`."""
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def bootstrap_p(drawn: Floats) -> list[float]:
    """The two-sided p-value of each figure being 0, from bootstrap samples `[repeats, m]`.

    It is twice the smaller share of samples on either side of 0. One is added to the count and to
    the number of samples, so that no p-value is 0 (Davison and Hinkley 1997, section 4.2).
    """
    n = len(drawn)
    smaller = np.minimum((drawn <= 0).sum(axis=0), (drawn >= 0).sum(axis=0))
    return [float(p) for p in np.minimum(1.0, 2 * (smaller + 1) / (n + 1))]


def bootstrap(
    statistic: Callable[[NDArray[np.int64]], Floats], n: int, repeats: int = 1000, seed: int = 0
) -> list[Interval]:
    """The 95% percentile interval of each figure of `statistic`. Arguments are as in `resample`."""
    return percentile_intervals(resample(statistic, n, repeats, seed))


def basic_interval(value: float, percentile: Interval, least: float = 0.0) -> Interval:
    """The basic bootstrap interval of a measured `value`, from its percentile interval.

    ECE adds up absolute differences, so noise makes it larger, and each resample adds noise to the
    sample's: percentiles lie too high. The basic interval mirrors them at the measured value
    (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 5.2). It is cut to
    the range from `least` to 1.
    """
    return Interval(max(least, 2 * value - percentile.high), min(1.0, 2 * value - percentile.low))
