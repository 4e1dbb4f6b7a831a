from __future__ import annotations

import numpy as np
import pytest

from contract import calibration as c
from tests.cases import CASES
from train.statistics.temperature import fit_temperature


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.5])
def test_the_fitted_temperature_is_the_best(true_temperature: float) -> None:
    """Labels drawn from the softmax at a known T: it is found, and its neighbours are worse."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(50_000, 10)) * 2
    p = c.softmax(logits, true_temperature)
    labels = (p.cumsum(axis=1) < rng.random((len(p), 1))).sum(axis=1)
    fitted = fit_temperature(logits, labels)
    assert fitted == pytest.approx(true_temperature, rel=0.03)
    best = c.nll_by_picture(logits, labels, fitted).mean()
    for other in (fitted * 0.999, fitted * 1.001):
        assert c.nll_by_picture(logits, labels, other).mean() > best


def test_a_temperature_without_a_best_is_the_ranges_end() -> None:
    logits, labels = CASES["all right"]
    assert fit_temperature(logits, labels) == c.LOWEST_TEMPERATURE
    logits, labels = CASES["all wrong"]
    assert fit_temperature(logits, labels) == c.HIGHEST_TEMPERATURE
