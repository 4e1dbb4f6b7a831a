"""Intervals and tests over pictures, against SciPy, theory and sums done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from contract.calibration import Interval
from contract.calibration.resampling import bootstrap, bootstrap_p, resample
from train.statistics.paired import mcnemar


@pytest.mark.parametrize(("first", "second"), [(3, 9), (200, 240), (5, 5), (0, 1), (2000, 2100)])
def test_mcnemar_is_a_sum_of_binomial_coefficients(first: int, second: int) -> None:
    right = np.zeros(first + second + 7, bool)
    a, b = right.copy(), right.copy()
    a[:first] = True
    b[first : first + second] = True
    n = first + second
    ways = sum(math.comb(n, k) for k in range(min(first, second) + 1))
    by_hand = min(1.0, 2 * ways / 2**n)
    theirs = binomtest(first, n).pvalue
    assert mcnemar(a, b) == pytest.approx(theirs, rel=1e-9)
    assert mcnemar(a, b) == pytest.approx(by_hand, rel=1e-9)
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


def test_a_bootstrap_p_value_counts_the_samples_beyond_zero() -> None:
    drawn = np.array([[1.0, -1.0, 0.5], [2.0, -1.0, -0.5], [3.0, -2.0, 1.0], [1.0, -3.0, 2.0]])
    assert bootstrap_p(drawn) == pytest.approx([2 / 5, 2 / 5, 4 / 5])
    values = np.random.default_rng(1).normal(0.05, 1.0, 2000)
    found = resample(lambda index: np.array([values[index].mean()]), len(values))
    z = values.mean() / (values.std() / len(values) ** 0.5)
    assert bootstrap_p(found)[0] == pytest.approx(math.erfc(abs(z) / 2**0.5), abs=0.02)
