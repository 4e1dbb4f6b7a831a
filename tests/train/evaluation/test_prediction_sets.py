"""The report's figures of prediction sets, counted again one picture after the other."""

from __future__ import annotations

import numpy as np
import pytest

from contract import calibration
from contract.artifacts import report
from contract.corruptions import corrupt
from contract.twins import NAMES
from tests.conftest import SHORT, Published
from train.data.dataset import Cifar10
from train.evaluation import prediction_sets
from train.export import published

LEVELS = ["0.90", "0.95", "0.99"]


def read(pair: Published) -> tuple[report.Report, dict[str, np.ndarray]]:
    return report.read(pair.folder, pair.manifest.model_hashes)


def test_prediction_sets_follow_from_the_logits(evaluated_pair: Published) -> None:
    """Thresholds from validation alone; coverage and sizes counted one picture after the other."""
    made, stored = read(evaluated_pair)
    for name in NAMES:
        p = calibration.softmax(stored[f"validation_{name}"])
        scores = np.sort(
            [1 - row[y] for row, y in zip(p, stored["validation_labels"], strict=True)]
        )
        assert len(scores) == 100
        assert list(made.prediction_sets[name]) == LEVELS
        test, labels = calibration.softmax(stored[f"test_{name}"]), stored["test_labels"]
        # Of 100 scores, the ⌈101 · level⌉-th smallest.
        for level, rank in (("0.90", 91), ("0.95", 96), ("0.99", 100)):
            found = made.prediction_sets[name][level]
            assert found.threshold == scores[rank - 1]
            sets = [{k for k in range(10) if 1 - row[k] <= found.threshold} for row in test]
            covered = np.array([y in each for y, each in zip(labels, sets, strict=True)])
            sizes = np.array([len(each) for each in sets])
            assert found.coverage.value == pytest.approx(covered.mean(), abs=1e-6)
            assert found.size.value == pytest.approx(sizes.mean(), abs=1e-6)
            assert found.sizes == [int((sizes == size).sum()) for size in range(11)]
            for k in range(10):
                of_class = found.class_coverage[k], found.class_size[k]
                for figure, values in zip(of_class, (covered, sizes), strict=True):
                    assert figure.value == pytest.approx(values[labels == k].mean(), abs=1e-6)
            for figure in (found.coverage, found.size, *found.class_coverage, *found.class_size):
                assert figure.low <= figure.value <= figure.high


def test_few_validation_pictures_put_every_class_into_every_set() -> None:
    """98 pictures are too few for 99%; the report says so with a threshold that JSON can hold."""
    logits = np.random.default_rng(0).normal(size=(98, 10)).astype(np.float32)
    labels = np.arange(98) % 10
    at = prediction_sets.thresholds(logits, labels)
    assert at[0.99] == 1.0
    assert at[0.95] < 1.0
    found = prediction_sets.on_test_pictures(at, logits, labels, 20)["0.99"]
    assert found.sizes == [0] * 10 + [98]
    assert report.PredictionSets.model_validate_json(found.model_dump_json()) == found


def test_sets_of_corrupted_pictures_are_those_of_their_logits(
    evaluated_pair: Published, sample: Cifar10
) -> None:
    made, _ = read(evaluated_pair)
    _, files = published.read_pair(evaluated_pair.folder)
    first = SHORT["corrupted"]
    changed = corrupt(sample.test.images[:first].numpy(), "noise", 3)
    for name in NAMES:
        p = calibration.softmax(published.run_onnx(files[name], changed)[0])
        threshold = made.prediction_sets[name]["0.95"].threshold
        sets = 1 - p <= threshold
        said = made.corruptions["noise"][2][name].sets
        assert said is not None
        assert said["0.95"].size == pytest.approx(sets.sum(axis=1).mean())
        covered = sets[np.arange(first), sample.test.labels[:first].numpy()]
        assert said["0.95"].coverage == pytest.approx(covered.mean())


def test_a_higher_level_covers_no_less_and_takes_no_fewer_classes(
    evaluated_pair: Published,
) -> None:
    made, _ = read(evaluated_pair)
    for by_severity in made.corruptions.values():
        for behaviour in (by_model[name] for by_model in by_severity for name in NAMES):
            assert behaviour.sets is not None
            assert list(behaviour.sets) == LEVELS
            cells = [(each.coverage, each.size) for each in behaviour.sets.values()]
            assert cells == sorted(cells)
            assert [size for _, size in cells] == sorted(size for _, size in cells)
    for by_model in made.outside.values():
        assert all(by_model[name].sets is None for name in NAMES)
