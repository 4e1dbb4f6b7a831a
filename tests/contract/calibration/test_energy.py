from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from contract.calibration.energy import energy


def test_it_is_the_logarithm_of_the_sum_of_exponentials() -> None:
    for row in np.random.default_rng(0).normal(0, 10, (200, 10)):
        assert energy(row.tolist()) == pytest.approx(logsumexp(row), abs=1e-12)


def test_no_logit_is_too_large_or_too_small() -> None:
    assert energy([1e4, 0.0, -1e4]) == 1e4
    assert energy([-1e4, -1e4]) == pytest.approx(-1e4 + math.log(2))
