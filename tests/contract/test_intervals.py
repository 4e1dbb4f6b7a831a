from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, t

from contract.intervals import Interval, bootstrap, mcnemar, t_interval, wilson


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (3, 17), (9412, 10_000), (1, 1)])
def test_wilson_agrees_with_scipy(successes: int, n: int) -> None:
    theirs = binomtest(successes, n).proportion_ci(method="wilson")
    ours = wilson(successes, n)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(successes, n)


@pytest.mark.parametrize(("first", "second"), [(3, 9), (200, 240), (5, 5), (0, 1), (2000, 2100)])
def test_mcnemar_agrees_with_scipy(first: int, second: int) -> None:
    right = np.zeros(first + second + 7, bool)
    a, b = right.copy(), right.copy()
    a[:first] = True
    b[first : first + second] = True
    theirs = binomtest(first, first + second).pvalue
    assert mcnemar(a, b) == pytest.approx(theirs, rel=1e-9)
    assert mcnemar(a, b) == mcnemar(b, a)
    assert mcnemar(a, a) == 1.0


def test_a_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(size=2000)

    def means(index: np.ndarray) -> np.ndarray:
        return np.array([values[index].mean(), 1.0])

    first, constant = bootstrap(means, len(values))
    expected = 1.96 * values.std() / len(values) ** 0.5
    assert (first.high - first.low) / 2 == pytest.approx(expected, rel=0.15)
    assert first.low < values.mean() < first.high
    assert constant == Interval(1.0, 1.0)
    assert bootstrap(means, len(values)) == [first, constant]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 20, 101])
def test_a_mean_s_interval_agrees_with_scipy(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n).tolist()
    low, high = t.interval(0.95, n - 1, np.mean(values), np.std(values, ddof=1) / n**0.5)
    found = t_interval(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_one_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two values or more"):
        t_interval([0.5])
