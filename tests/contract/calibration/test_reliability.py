"""The floor of ECE, against a simulation of perfectly calibrated models."""

from __future__ import annotations

import numpy as np
import pytest

from contract import calibration as c
from contract.calibration.reliability import (
    BINS,
    ece_floor,
    equal_mass_bins,
    equal_width_bins,
    table_of,
)

N = 10_000
SIMULATIONS = 400


@pytest.mark.parametrize("bins_of", [equal_width_bins, equal_mass_bins])
@pytest.mark.parametrize("shape", [(2.0, 2.0), (5.0, 1.0), (12.0, 0.7)])
def test_the_floor_is_the_mean_of_perfectly_calibrated_models(
    bins_of: object, shape: tuple[float, float]
) -> None:
    assert callable(bins_of)
    rng = np.random.default_rng(0)
    sure = 0.1 + 0.9 * rng.beta(*shape, N)
    which = bins_of(sure, BINS)
    simulated = [
        c.ece(table_of(sure, rng.random(N) < sure, which, BINS)) for _ in range(SIMULATIONS)
    ]
    assert ece_floor(sure, which) == pytest.approx(np.mean(simulated), rel=0.05)


def test_the_floor_of_one_bin_by_hand() -> None:
    # Each of four pictures has the variance 1/4, so the mean of four has the deviation 1/4.
    floor = ece_floor(np.full(4, 0.5), np.zeros(4, np.int64))
    assert floor == pytest.approx(0.25 * np.sqrt(2 / np.pi))
    assert ece_floor(np.ones(4), np.zeros(4, np.int64)) == 0


def test_bins_of_equal_mass_hold_equally_many_and_keep_ties_together() -> None:
    sure = np.random.default_rng(0).random(100)
    assert set(np.bincount(equal_mass_bins(sure, 10))) == {10}
    assert len(set(equal_mass_bins(np.full(100, 0.9), 10))) == 1
