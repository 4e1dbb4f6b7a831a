from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from contract import calibration as c
from tests.cases import CASES, ONE_RIGHT
from train.statistics import scoring_rules


@pytest.mark.parametrize("name", CASES)
def test_nll_agrees_with_scikit_learn_and_pytorch(name: str) -> None:
    logits, labels = CASES[name]
    classes = logits.shape[1]
    p = c.softmax(logits)
    by_picture = c.nll_by_picture(logits, labels)
    theirs = torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels))
    assert by_picture.mean() == pytest.approx(float(theirs), abs=1e-9)
    if name != "saturated":  # scikit-learn cuts probabilities off at 2e-16
        assert scoring_rules.nll(p, labels) == pytest.approx(
            log_loss(labels, p, labels=list(range(classes))), abs=1e-9
        )
    assert scoring_rules.nll(p, labels) == pytest.approx(float(theirs), rel=1e-9)


def test_brier_by_hand() -> None:
    assert scoring_rules.brier_by_picture(ONE_RIGHT, [0])[0] == pytest.approx(0.09 + 0.04 + 0.01)
    assert scoring_rules.brier_by_picture(ONE_RIGHT, [2])[0] == pytest.approx(0.49 + 0.04 + 0.81)
    assert scoring_rules.brier_by_picture([[0.0, 1.0]], [0])[0] == 2.0


@pytest.mark.parametrize("name", CASES)
def test_the_parts_of_brier_add_up(name: str) -> None:
    logits, labels = CASES[name]
    p = c.softmax(logits)
    parts = scoring_rules.brier_parts(p, labels)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert total == pytest.approx(scoring_rules.brier_by_picture(p, labels).mean(), abs=1e-12)
    assert parts.reliability >= 0
    assert parts.resolution >= 0


def test_the_parts_of_brier_are_exact_for_equal_forecasts() -> None:
    """Two forecasts, each 10 times; the events happened 8 and 3 times: worked by hand."""
    p = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)
    labels = np.array([0] * 8 + [1] * 2 + [0] * 3 + [1] * 7)
    parts = scoring_rules.brier_parts(p, labels)
    assert parts.within == pytest.approx(0, abs=1e-12)
    assert parts.reliability == pytest.approx(2 * (0.5 * 0.1**2 + 0.5 * 0.1**2))
    assert parts.resolution == pytest.approx(2 * 0.25**2)
    assert parts.uncertainty == pytest.approx(2 * 0.55 * 0.45)
