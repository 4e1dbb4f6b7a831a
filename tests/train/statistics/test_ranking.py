from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from contract import calibration as c
from train.statistics import ranking


def test_risk_coverage_by_hand() -> None:
    risks = c.risk_coverage([0.9, 0.8, 0.7, 0.6], [True, False, True, True])
    assert risks == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])
    assert ranking.aurc(risks) == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 4)
    r = 0.25
    assert ranking.e_aurc(risks) == pytest.approx(
        ranking.aurc(risks) - (r + (1 - r) * np.log(1 - r))
    )


def test_ties_are_answered_in_no_order() -> None:
    for correct in ([True, False], [False, True]):
        assert c.risk_coverage([0.5, 0.5], correct) == pytest.approx([0.5, 0.5])
    assert ranking.aurc(c.risk_coverage([1, 2, 3], [True] * 3)) == 0
    assert ranking.aurc(c.risk_coverage([1, 2, 3], [False] * 3)) == 1
    assert ranking.e_aurc(c.risk_coverage([1, 2, 3], [False] * 3)) == 0


def test_scores_by_hand() -> None:
    logits = np.array([[3.0, 1.0, -1.0], [0.0, 0.0, 0.0]])
    scores = ranking.scores(logits)
    e = np.exp([3.0, 1.0, -1.0])
    assert scores["probability"] == pytest.approx([e[0] / e.sum(), 1 / 3])
    assert scores["margin"] == pytest.approx([(e[0] - e[1]) / e.sum(), 0], abs=1e-12)
    assert scores["logit"].tolist() == [3, 0]
    assert scores["normalised_logit"] == pytest.approx([2 / 8**0.5, 0])


def test_scores_that_are_nan_or_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        c.risk_coverage([float("nan")], [True])
    with pytest.raises(ValueError, match="both must be"):
        c.risk_coverage([0.5, 0.6], [True])


def test_auroc_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(1, 1, 500).round(1), rng.normal(0, 1, 300).round(1)  # with ties
    truth = np.r_[np.ones(500), np.zeros(300)]
    theirs = roc_auc_score(truth, np.r_[inside, outside])
    assert ranking.auroc(inside, outside) == pytest.approx(theirs, abs=1e-12)
    assert ranking.auroc(inside, inside) == pytest.approx(0.5)


def test_false_positive_rate_by_hand() -> None:
    inside = np.arange(1, 101) / 100  # 95% of them are at or above 0.06
    assert ranking.false_positive_rate(inside, np.array([0.05, 0.06, 0.5, 0.01])) == 0.5
    assert ranking.false_positive_rate(inside, np.zeros(3)) == 0
