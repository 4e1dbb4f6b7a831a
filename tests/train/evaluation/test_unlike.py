"""The warning that a picture is unlike the data: its thresholds, and how often it comes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.metrics import roc_auc_score

from contract import calibration as c
from contract.artifacts import report
from contract.twins import NAMES
from tests.conftest import Published
from train.evaluation import out_of_distribution, unlike
from train.export import published

Logits = dict[str, np.ndarray]


def of_models(rng: np.random.Generator, n: int, size: float) -> Logits:
    """Logits of two models that partly agree, larger for larger `size`."""
    shared = rng.normal(0, size, (n, 10))
    return {
        name: (scale * (shared + rng.normal(0, 1, (n, 10)))).astype(np.float32)
        for name, scale in zip(NAMES, (3, 1), strict=True)
    }


def test_thresholds_are_one_quantile_and_warn_of_no_more_than_the_share() -> None:
    validation = of_models(np.random.default_rng(0), 3000, 3)
    least = unlike.thresholds(validation)
    energies = {name: logsumexp(validation[name].astype(float), axis=1) for name in NAMES}
    below = [energies[name] < least[name] for name in NAMES]
    assert abs(int(below[0].sum()) - int(below[1].sum())) <= 1
    share = (below[0] | below[1]).mean()
    # The next larger quantile would warn of more, so the share is used up but for a picture.
    assert unlike.ALARMS - 2 / 3000 <= share <= unlike.ALARMS
    assert share > below[0].mean() > unlike.ALARMS / 2
    assert unlike.alarms(validation, least) == pytest.approx(share, abs=1e-6)


def test_each_auroc_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    validation, test = of_models(rng, 900, 3), of_models(rng, 700, 3)
    outside = of_models(rng, 300, 2)
    found = unlike.measure(validation, test, {"other": outside}).auroc["other"]
    labels = np.repeat([1, 0], [700, 300])
    for name in NAMES:
        both = np.concatenate([test[name], outside[name]]).astype(float)
        p = c.softmax(both)
        for score, values in (
            ("energy", logsumexp(both, axis=1)),
            ("logit", both.max(axis=1)),
            ("probability", p.max(axis=1)),
            ("entropy", (p * np.log(p)).sum(axis=1)),
        ):
            expected = roc_auc_score(labels, values)
            assert found[f"{score}.{name}"] == pytest.approx(expected, abs=1e-5), score
    assert 0.5 < found["energy.either"] < 1


def test_the_report_says_how_often_the_warning_comes(evaluated_pair: Published) -> None:
    made, stored = report.read(evaluated_pair.folder, evaluated_pair.manifest.model_hashes)
    known = made.unlike_the_data
    assert known.least_energy == unlike.thresholds(
        {name: stored[f"validation_{name}"] for name in NAMES}
    )
    assert 0 < known.validation <= unlike.ALARMS
    _, files = published.read_pair(evaluated_pair.folder)
    pictures = out_of_distribution.pictures()
    assert set(known.outside) == set(known.auroc) == set(pictures)
    energies = [
        logsumexp(published.run_onnx(files[name], pictures["noise"])[0].astype(float), axis=1)
        < known.least_energy[name]
        for name in NAMES
    ]
    assert known.outside["noise"] == pytest.approx((energies[0] | energies[1]).mean(), abs=2e-3)


def test_outside_pictures_are_the_same_each_time_and_differ_among_themselves() -> None:
    first, again = out_of_distribution.pictures(), out_of_distribution.pictures()
    for name, pictures in first.items():
        assert pictures.shape == (1000, 32, 32, 3)
        assert pictures.dtype == np.uint8
        assert np.array_equal(pictures, again[name])
        assert len(np.unique(pictures.reshape(1000, -1), axis=0)) > 990, name
