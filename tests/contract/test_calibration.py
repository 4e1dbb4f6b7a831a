from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss, roc_auc_score
from torchmetrics.functional.classification import multiclass_calibration_error

from contract import calibration as c

N, K = 4000, 10
ONE_RIGHT = np.array([[0.7, 0.2, 0.1]])


def random_case(sharpness: float, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits of a model that is often right, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, K, N)
    logits = rng.normal(size=(N, K)) + 2.0 * np.eye(K)[labels]
    return logits * sharpness, labels


CASES = {
    "random": random_case(1.0),
    "underconfident": random_case(0.3),
    "saturated": random_case(40.0),
    # Few pictures: torchmetrics adds equal confidences up in float32.
    "all right": (8.0 * np.eye(K)[np.arange(50) % K], np.arange(50) % K),
    "all wrong": (8.0 * np.eye(K)[np.arange(50) % K], (np.arange(50) + 1) % K),
    "one class": (random_case(1.0)[0], np.zeros(N, np.int64)),
    "one picture": (np.array([[1.0, 2.0, 0.0]]), np.array([1])),
}


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


@pytest.mark.parametrize("name", CASES)
def test_nll_agrees_with_scikit_learn_and_pytorch(name: str) -> None:
    logits, labels = CASES[name]
    classes = logits.shape[1]
    p = c.softmax(logits)
    by_picture = c.nll_by_picture(logits, labels)
    theirs = torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels))
    assert by_picture.mean() == pytest.approx(float(theirs), abs=1e-9)
    if name != "saturated":  # scikit-learn cuts probabilities off at 2e-16
        assert c.nll(p, labels) == pytest.approx(
            log_loss(labels, p, labels=list(range(classes))), abs=1e-9
        )
    assert c.nll(p, labels) == pytest.approx(float(theirs), rel=1e-9)


def test_brier_by_hand() -> None:
    assert c.brier_by_picture(ONE_RIGHT, [0])[0] == pytest.approx(0.09 + 0.04 + 0.01)
    assert c.brier_by_picture(ONE_RIGHT, [2])[0] == pytest.approx(0.49 + 0.04 + 0.81)
    assert c.brier_by_picture([[0.0, 1.0]], [0])[0] == 2.0


@pytest.mark.parametrize("name", CASES)
def test_the_parts_of_brier_add_up(name: str) -> None:
    logits, labels = CASES[name]
    p = c.softmax(logits)
    parts = c.brier_parts(p, labels)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert total == pytest.approx(c.brier_by_picture(p, labels).mean(), abs=1e-12)
    assert parts.reliability >= 0
    assert parts.resolution >= 0


def test_the_parts_of_brier_are_exact_for_equal_forecasts() -> None:
    """Two forecasts, each 10 times; the events happened 8 and 3 times: worked by hand."""
    p = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)
    labels = np.array([0] * 8 + [1] * 2 + [0] * 3 + [1] * 7)
    parts = c.brier_parts(p, labels)
    assert parts.within == pytest.approx(0, abs=1e-12)
    assert parts.reliability == pytest.approx(2 * (0.5 * 0.1**2 + 0.5 * 0.1**2))
    assert parts.resolution == pytest.approx(2 * 0.25**2)
    assert parts.uncertainty == pytest.approx(2 * 0.55 * 0.45)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.5])
def test_the_fitted_temperature_is_the_best(true_temperature: float) -> None:
    """Labels drawn from the softmax at a known T: it is found, and its neighbours are worse."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(50_000, 10)) * 2
    p = c.softmax(logits, true_temperature)
    labels = (p.cumsum(axis=1) < rng.random((len(p), 1))).sum(axis=1)
    fitted = c.fit_temperature(logits, labels)
    assert fitted == pytest.approx(true_temperature, rel=0.03)
    best = c.nll_by_picture(logits, labels, fitted).mean()
    for other in (fitted * 0.999, fitted * 1.001):
        assert c.nll_by_picture(logits, labels, other).mean() > best


def test_a_temperature_without_a_best_is_the_ranges_end() -> None:
    logits, labels = CASES["all right"]
    assert c.fit_temperature(logits, labels) == c.LOWEST_TEMPERATURE
    logits, labels = CASES["all wrong"]
    assert c.fit_temperature(logits, labels) == c.HIGHEST_TEMPERATURE


def test_risk_coverage_by_hand() -> None:
    risks = c.risk_coverage([0.9, 0.8, 0.7, 0.6], [True, False, True, True])
    assert risks == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])
    assert c.aurc(risks) == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 4)
    r = 0.25
    assert c.e_aurc(risks) == pytest.approx(c.aurc(risks) - (r + (1 - r) * np.log(1 - r)))


def test_ties_are_answered_in_no_order() -> None:
    for correct in ([True, False], [False, True]):
        assert c.risk_coverage([0.5, 0.5], correct) == pytest.approx([0.5, 0.5])
    assert c.aurc(c.risk_coverage([1, 2, 3], [True] * 3)) == 0
    assert c.aurc(c.risk_coverage([1, 2, 3], [False] * 3)) == 1
    assert c.e_aurc(c.risk_coverage([1, 2, 3], [False] * 3)) == 0


def test_scores_by_hand() -> None:
    logits = np.array([[3.0, 1.0, -1.0], [0.0, 0.0, 0.0]])
    scores = c.scores(logits)
    e = np.exp([3.0, 1.0, -1.0])
    assert scores["probability"] == pytest.approx([e[0] / e.sum(), 1 / 3])
    assert scores["margin"] == pytest.approx([(e[0] - e[1]) / e.sum(), 0], abs=1e-12)
    assert scores["logit"].tolist() == [3, 0]
    assert scores["normalised_logit"] == pytest.approx([2 / 8**0.5, 0])


def test_the_signed_gap_has_the_sign_of_overconfidence() -> None:
    assert c.signed_gap(*c.confidence(ONE_RIGHT, [0])) == pytest.approx(-0.3)
    assert c.signed_gap(*c.confidence(ONE_RIGHT, [1])) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("probabilities", "labels", "said"),
    [
        ([[0.5, 0.6]], [0], "row 0 sum to 1.1"),
        ([[0.5, 0.5], [np.nan, 1.0]], [0, 1], "row 1 hold NaN"),
        ([[3.0, -2.0]], [0], "give the softmax"),
        ([0.5, 0.5], [0, 1], r"shape \(2,\)"),
        (np.zeros((0, 10)), [], r"shape \(0, 10\)"),
        ([[1.0]], [0], r"shape \(1, 1\)"),
        ([[0.5, 0.5]], [2], "label 2 is not from 0 to 1"),
        ([[0.5, 0.5]], [-1], "label -1"),
        ([[0.5, 0.5]], [0.0], "whole numbers"),
        ([[0.5, 0.5]], [0, 1], "one for each of 1 rows"),
        ([[0.5, 0.5]], [[0]], r"labels have shape \(1, 1\)"),
    ],
)
def test_bad_input_is_refused_in_words(probabilities: Any, labels: Any, said: str) -> None:
    for metric in (c.nll, c.brier_by_picture, c.brier_parts, c.confidence):
        with pytest.raises(ValueError, match=said):
            metric(probabilities, labels)


@pytest.mark.parametrize("temperature", [0, -1, 0.01, 100, float("nan"), float("inf")])
def test_a_temperature_out_of_range_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature is"):
        c.softmax([[1.0, 2.0]], temperature)


def test_scores_that_are_nan_or_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        c.risk_coverage([float("nan")], [True])
    with pytest.raises(ValueError, match="one value a picture"):
        c.risk_coverage([0.5, 0.6], [True])


def test_auroc_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(1, 1, 500).round(1), rng.normal(0, 1, 300).round(1)  # with ties
    truth = np.r_[np.ones(500), np.zeros(300)]
    theirs = roc_auc_score(truth, np.r_[inside, outside])
    assert c.auroc(inside, outside) == pytest.approx(theirs, abs=1e-12)
    assert c.auroc(inside, inside) == pytest.approx(0.5)


def test_false_positive_rate_by_hand() -> None:
    inside = np.arange(1, 101) / 100  # 95% of them are at or above 0.06
    assert c.false_positive_rate(inside, np.array([0.05, 0.06, 0.5, 0.01])) == 0.5
    assert c.false_positive_rate(inside, np.zeros(3)) == 0
