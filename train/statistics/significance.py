"""Intervals and significance tests over seeds, and what holds for every test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from contract.calibration import Floats, Interval

LEVEL = 0.05
"""The significance level: a difference is decisive if its two-sided p-value is below it."""


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
