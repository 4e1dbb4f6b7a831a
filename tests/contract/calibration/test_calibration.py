from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.calibration import calibration_curve
from torchmetrics.functional.classification import multiclass_calibration_error

from contract import calibration as c
from tests.cases import CASES, ONE_RIGHT
from train.statistics import scoring_rules


@pytest.mark.parametrize("name", CASES)
def test_ece_agrees_with_torchmetrics(name: str) -> None:
    logits, labels = CASES[name]
    p = c.softmax(logits)
    theirs = multiclass_calibration_error(
        torch.from_numpy(p), torch.from_numpy(labels), p.shape[1], n_bins=15, norm="l1"
    )
    assert c.ece(c.equal_width(*c.confidence(p, labels))) == pytest.approx(float(theirs), abs=1e-6)


@pytest.mark.parametrize("name", [name for name in CASES if name != "one picture"])
def test_bins_of_equal_width_agree_with_scikit_learn(name: str) -> None:
    logits, labels = CASES[name]
    sure, correct = c.confidence(c.softmax(logits), labels)
    accuracy, mean = calibration_curve(correct, sure, n_bins=15, strategy="uniform")
    ours = c.equal_width(sure, correct)
    np.testing.assert_allclose(ours.accuracy, accuracy, atol=1e-9)
    np.testing.assert_allclose(ours.confidence, mean, atol=1e-9)


@pytest.mark.parametrize("name", ["random", "underconfident", "one class"])
def test_bins_of_equal_mass_agree_with_scikit_learn(name: str) -> None:
    """Its bins are cut by interpolated quantiles: a picture at a border may fall to either side.

    So may all those of one confidence; that definition differs, and ours is held by hand below.
    """
    logits, labels = CASES[name]
    sure, correct = c.confidence(c.softmax(logits), labels)
    accuracy, mean = calibration_curve(correct, sure, n_bins=15, strategy="quantile")
    ours = c.equal_mass(sure, correct)
    np.testing.assert_allclose(ours.accuracy, accuracy, atol=1 / ours.count.min())
    np.testing.assert_allclose(ours.confidence, mean, atol=1 / ours.count.min())


def test_equal_mass_by_hand() -> None:
    sure = np.array([0.3, 0.5, 0.5, 0.5, 0.8, 0.9])
    correct = np.array([False, True, False, True, True, True])
    table = c.equal_mass(sure, correct, bins=3)
    assert table.count.tolist() == [4, 2]  # the three 0.5 stay together, in the first one's bin
    assert table.confidence == pytest.approx([0.45, 0.85])
    assert table.accuracy == pytest.approx([0.5, 1.0])
    assert c.ece(table) == pytest.approx((4 * 0.05 + 2 * 0.15) / 6)


def test_the_signed_gap_has_the_sign_of_overconfidence() -> None:
    assert c.signed_gap(*c.confidence(ONE_RIGHT, [0])) == pytest.approx(-0.3)
    assert c.signed_gap(*c.confidence(ONE_RIGHT, [1])) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("probabilities", "labels", "said"),
    [
        ([[0.5, 0.6]], [0], "row 0 sum to 1.1"),
        ([[0.5, 0.5], [np.nan, 1.0]], [0, 1], "row 1 hold NaN"),
        ([[3.0, -2.0]], [0], "pass the softmax"),
        ([0.5, 0.5], [0, 1], r"shape \(2,\)"),
        (np.zeros((0, 10)), [], r"shape \(0, 10\)"),
        ([[1.0]], [0], r"shape \(1, 1\)"),
        ([[0.5, 0.5]], [2], "label 2 is not from 0 to 1"),
        ([[0.5, 0.5]], [-1], "label -1"),
        ([[0.5, 0.5]], [0.0], "must be integers"),
        ([[0.5, 0.5]], [0, 1], "one for each of the 1 rows"),
        ([[0.5, 0.5]], [[0]], r"labels have shape \(1, 1\)"),
    ],
)
def test_bad_input_is_refused_in_words(probabilities: Any, labels: Any, said: str) -> None:
    for metric in (
        scoring_rules.nll,
        scoring_rules.brier_by_picture,
        scoring_rules.brier_parts,
        c.confidence,
    ):
        with pytest.raises(ValueError, match=said):
            metric(probabilities, labels)


@pytest.mark.parametrize("temperature", [0, -1, 0.01, 100, float("nan"), float("inf")])
def test_a_temperature_out_of_range_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature is"):
        c.softmax([[1.0, 2.0]], temperature)
