"""Intervals and tests over seeds, against SciPy and sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t, ttest_rel

from train.statistics.significance import holm, t_interval, t_test_p


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 20, 101])
def test_a_mean_s_interval_agrees_with_scipy(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n).tolist()
    low, high = t.interval(0.95, n - 1, np.mean(values), np.std(values, ddof=1) / n**0.5)
    found = t_interval(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("n", [2, 5, 20])
def test_a_paired_t_test_agrees_with_scipy(n: int) -> None:
    first, second = np.random.default_rng(n).normal(size=(2, n))
    assert t_test_p((first - second).tolist()) == pytest.approx(ttest_rel(first, second).pvalue)


def test_values_that_are_all_equal_leave_no_doubt() -> None:
    assert t_test_p([0.25, 0.25]) == 0
    assert t_test_p([0.0, 0.0, 0.0]) == 1


def test_one_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two values or more"):
        t_interval([0.5])
    with pytest.raises(ValueError, match="two values or more"):
        t_test_p([0.5])


def test_holm_by_hand() -> None:
    """Four p-values, smallest first: times 4, 3, 2 and 1, and none below the one before it."""
    assert holm([0.03, 0.005, 0.04, 0.01]) == pytest.approx([0.06, 0.02, 0.06, 0.03])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
