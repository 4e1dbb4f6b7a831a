"""Confidence intervals and significance tests, over pictures and over seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from contract.calibration import Floats, Interval

LEVEL = 0.05
"""The significance level: a difference is decisive if its two-sided p-value is below it."""


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """The exact two-sided p-value of the hypothesis that two models are right equally often.

    `first` and `second` `[n]` say whether each model was right on the same pictures. Only pictures
    on which exactly one model was right count. Under the hypothesis, either model is equally likely
    to be that one (McNemar 1947).
    """
    only_first = int((first & ~second).sum())
    n = only_first + int((second & ~first).sum())
    return float(stats.binomtest(only_first, n).pvalue) if n else 1.0


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


def t_interval(values: Sequence[float]) -> Interval:
    """The 95% interval of the mean of two or more independent values (Student 1908).

    The values are assumed to be normally distributed. Raises `ValueError` for fewer than two.
    """
    array = _two_or_more(values)
    half = float(stats.t.ppf(0.975, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array)))
    middle = float(array.mean())
    return Interval(middle - half, middle + half)


def t_test_p(values: Sequence[float]) -> float:
    """The two-sided p-value of the mean of independent values being 0 (Student 1908).

    Raises `ValueError` for fewer than two values. If all values are equal, the p-value is 0, or 1
    if they are 0.
    """
    array = _two_or_more(values)
    if array.std() == 0:
        return 1.0 if array[0] == 0 else 0.0
    return float(stats.ttest_1samp(array, 0.0).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for multiple testing by Holm's method (Holm 1979).

    The smallest is multiplied by their number m, the next by m - 1 and so on; none may fall below
    the one before it or exceed 1. If all are compared with one level, the probability of any false
    positive stays below that level.
    """
    order = np.argsort(p_values, kind="stable")
    m = len(order)
    corrected = [0.0] * m
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (m - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _two_or_more(values: Sequence[float]) -> Floats:
    if len(values) < 2:
        raise ValueError(
            f"got {len(values)} values; an interval or a test of a mean needs two values or more"
        )
    return np.asarray(values, np.float64)
