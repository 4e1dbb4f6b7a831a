"""Thresholds and prediction sets beside MAPIE's, and by hand where MAPIE refuses to answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from mapie.conformity_scores import LACConformityScore
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from contract import calibration as c
from contract.artifacts import report
from contract.twins import NAMES
from harness.paths import COMMITTED
from tests.cases import CASES
from train.statistics.conformal import conformal_threshold, lac_scores

Case = tuple[c.Floats, NDArray[np.int64], c.Floats]
"""Probabilities and labels of the pictures that fix the threshold, and probabilities of others."""


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier whose inputs are its probabilities."""

    def __init__(self, classes: int = 10) -> None:
        self.classes = classes
        self.classes_ = np.arange(classes)

    def fit(self, *_: Any) -> Given:
        raise AssertionError("it is fitted already")

    def predict_proba(self, probabilities: c.Floats) -> c.Floats:
        return probabilities

    def predict(self, probabilities: c.Floats) -> NDArray[np.intp]:
        return np.asarray(probabilities.argmax(axis=1))


def mapies(case: Case, level: float) -> tuple[float, c.Bools]:
    """MAPIE's threshold, and its sets `[n, K]` of the other pictures."""
    probabilities, labels, others = case
    score = LACConformityScore()
    classifier = SplitConformalClassifier(
        Given(probabilities.shape[1]), confidence_level=level, conformity_score=score, prefit=True
    )
    classifier.conformalize(probabilities, labels)
    _, sets = classifier.predict_set(others)
    return float(score.quantiles_[0]), sets[:, :, 0]


def ours(case: Case, level: float) -> tuple[float, c.Bools]:
    probabilities, labels, others = case
    threshold = conformal_threshold(lac_scores(probabilities, labels), level)
    return threshold, c.prediction_sets(others, threshold)


def from_logits(name: str) -> Case:
    logits, labels = CASES[name]
    p = c.softmax(logits)
    half = len(labels) // 2
    return p[:half], labels[:half], p  # half of the others are the pictures themselves: ties


def drawn(n: int, classes: int, digits: int | None = None) -> Case:
    """Random probabilities and labels; with `digits` decimals, many of which are equal."""
    rng = np.random.default_rng(n)
    p = rng.dirichlet(np.full(classes, 0.4), 2 * n)
    if digits is not None:
        p = np.floor(p * 10**digits) / 10**digits
        p[:, 0] += 1 - p.sum(axis=1)
        p = p.clip(0, 1)
    labels = np.where(rng.random(n) < 0.8, p[:n].argmax(axis=1), rng.integers(0, classes, n))
    return p[:n], labels, p[n:]


TRIED: dict[str, Case] = {
    **{name: from_logits(name) for name in CASES if name != "one picture"},
    **{f"{n} pictures of {k} classes": drawn(n, k) for n in (101, 333, 999, 1000) for k in (2, 10)},
    "ties": drawn(500, 4, digits=1),
    "more ties": drawn(250, 3, digits=0),
    "certain": (np.eye(10)[np.arange(200) % 10], np.arange(200) % 10, np.eye(10)),
    "certain and sometimes wrong": (
        np.eye(10)[np.arange(200) % 10],
        np.where(np.arange(200) < 15, 3, np.arange(200) % 10),
        np.eye(10),
    ),
}


# MAPIE refuses fewer pictures than this; what the threshold is there is tested by hand.
ENOUGH = [
    (name, level)
    for name, (_, labels, _) in TRIED.items()
    for level in (*c.LEVELS, 0.5, 0.8)
    if len(labels) >= 1 / (1 - level)
]


@pytest.mark.filterwarnings("ignore:.*less labels than your training dataset")
@pytest.mark.parametrize(("name", "level"), ENOUGH)
def test_threshold_and_sets_agree_with_mapie(name: str, level: float) -> None:
    case = TRIED[name]
    (threshold, sets), (theirs, their_sets) = ours(case, level), mapies(case, level)
    assert threshold == pytest.approx(theirs, abs=1e-9)
    assert np.array_equal(sets, their_sets)


@pytest.mark.parametrize("level", c.LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_the_committed_thresholds_and_sets_are_mapies(name: str, level: float) -> None:
    """On all stored test pictures, with the threshold that the server reads."""
    pair = report.Report.model_validate_json(
        (COMMITTED / report.FOLDER / report.FILE).read_text(encoding="utf-8")
    ).pair
    found, stored = report.read(COMMITTED, pair)
    committed = found.prediction_sets[name][c.level_name(level)].threshold
    p = {split: c.softmax(stored[f"{split}_{name}"]) for split in report.SPLITS}
    case = p["validation"], stored["validation_labels"].astype(np.int64), p["test"]
    theirs, their_sets = mapies(case, level)
    assert committed == pytest.approx(theirs, abs=1e-9)
    assert np.array_equal(c.prediction_sets(p["test"], committed), their_sets)


def test_equal_probabilities_share_a_set_although_rounding_separates_them() -> None:
    p = c.softmax(8.0 * np.eye(10))
    threshold = conformal_threshold(lac_scores(p, np.arange(10)), 0.5)
    assert len({float(row.max()) for row in p}) > 1
    assert np.array_equal(c.prediction_sets(p, threshold), np.eye(10, dtype=bool))


@pytest.mark.parametrize(("n", "level"), [(8, 0.9), (18, 0.95), (98, 0.99), (1, 0.9)])
def test_with_too_few_pictures_every_class_is_in_every_set(n: int, level: float) -> None:
    scores = np.arange(n) / 100
    threshold = conformal_threshold(scores, level)
    assert threshold == math.inf
    assert c.prediction_sets(np.eye(10), threshold).all()
    one_more = conformal_threshold(np.append(scores, 0.995), level)
    assert one_more == (0.995 if n > 1 else math.inf)


def test_the_rank_is_exact_where_a_product_of_floats_is_not() -> None:
    """100 · 0.55 is 55, and above it as a product of floats."""
    assert math.ceil(100 * 0.55) == 56
    assert conformal_threshold(np.arange(1, 100), 0.55) == 55


def test_scores_and_sets_by_hand() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.5, 0.5, 0.0]])
    assert lac_scores(p, [0, 2, 1]) == pytest.approx([0.3, 0.75, 0.5])
    assert c.prediction_sets(p, 0.5).tolist() == [
        [True, False, False],
        [False, False, False],  # empty: not even the likeliest class is likely enough
        [True, True, False],
    ]
    assert c.prediction_sets(p, 1.0).all()


@pytest.mark.parametrize("coverage", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_a_coverage_out_of_range_is_refused(coverage: float) -> None:
    with pytest.raises(ValueError, match=f"coverage is {coverage:g}; it must be above 0"):
        conformal_threshold([0.1, 0.2], coverage)


@pytest.mark.parametrize("scores", [[], [[0.1], [0.2]], [0.1, math.nan]])
def test_scores_that_are_no_numbers_are_refused(scores: list[Any]) -> None:
    with pytest.raises(ValueError, match="scores have shape"):
        conformal_threshold(scores, 0.9)


def test_a_threshold_or_probabilities_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="the threshold is NaN"):
        c.prediction_sets(np.eye(3), math.nan)
    with pytest.raises(ValueError, match="pass the softmax"):
        c.prediction_sets([[3.0, -2.0]], 0.5)


def test_the_guarantee_holds_on_average() -> None:
    """Over many draws of both sets of pictures, with a model that knows little."""
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        p = rng.dirichlet(np.full(5, 0.5), 60)
        labels = np.array([rng.choice(5, p=row) for row in p])
        threshold = conformal_threshold(lac_scores(p[:39], labels[:39]), 0.9)
        sets = c.prediction_sets(p[39:], threshold)
        covered.append(sets[np.arange(21), labels[39:]].mean())
    # ⌈40 · 0.9⌉ = 36 of 40 places in the order; the standard error is about 0.004.
    assert np.mean(covered) == pytest.approx(0.9, abs=0.016)
