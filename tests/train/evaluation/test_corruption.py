"""The means over kinds of corruption, and which kinds training pictures had."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from contract import calibration
from contract.artifacts import report
from contract.corruptions import KINDS, SEVERITIES, corrupt
from contract.twins import NAMES
from tests.conftest import SHORT, Published
from train.data.dataset import Cifar10
from train.evaluation.corruption import seen_in_training
from train.export import published
from train.recipe import RECIPES

DEFAULT = RECIPES["default"]


def recipe(**changed: Any) -> dict[str, Any]:
    augmentation = replace(DEFAULT.augmentation, **changed)
    return replace(DEFAULT, augmentation=augmentation).as_dict()


def test_the_default_recipe_never_shows_four_kinds() -> None:
    seen = seen_in_training(DEFAULT.as_dict())
    assert seen == ("noise", "blur", "brightness", "contrast")
    assert [kind for kind in KINDS if kind not in seen] == [
        "pixelation",
        "jpeg",
        "rotation",
        "occlusion",
    ]


def test_what_a_recipe_shows_follows_from_it() -> None:
    assert DEFAULT.augmentation.distortion is not None
    assert seen_in_training(recipe(distortion=None)) == ()
    assert seen_in_training(recipe(distortion=None, cutout=8)) == ("occlusion",)
    plain = replace(DEFAULT.augmentation.distortion, noise=0, contrast=(1, 1))
    assert seen_in_training(recipe(distortion=plain)) == ("blur", "brightness")
    # Manifests of earlier pairs know of no distortion.
    assert seen_in_training({"augmentation": {"flip": True, "shift": 4, "cutout": 12}}) == (
        "occlusion",
    )
    assert seen_in_training({}) == ()


@pytest.fixture(scope="module")
def made(evaluated_pair: Published) -> report.Report:
    found, _ = report.read(evaluated_pair.folder, evaluated_pair.manifest.model_hashes)
    return found


def test_each_mean_is_that_of_its_cells(
    made: report.Report, evaluated_pair: Published, sample: Cifar10
) -> None:
    _, files = published.read_pair(evaluated_pair.folder)
    first = SHORT["corrupted"]
    images, labels = sample.test.images[:first].numpy(), sample.test.labels[:first].numpy()
    for group in made.corruption_groups.values():
        for name in NAMES:
            cells = []
            for kind in group.kinds:
                for severity in SEVERITIES:
                    logits, _ = published.run_onnx(files[name], corrupt(images, kind, severity))
                    sure, correct = calibration.confidence(calibration.softmax(logits), labels)
                    table = calibration.equal_mass(sure, correct)
                    nll = calibration.nll_by_picture(logits, labels, 1.0)
                    cells.append((correct.mean(), calibration.ece(table), nll.mean()))
            raw = group.models[name]["raw"]
            expected = np.mean(cells, axis=0)
            for metric, value in zip(("accuracy", "ece_equal_mass", "nll"), expected, strict=True):
                assert raw[metric].value == pytest.approx(value, abs=2e-6), metric
        hard, smoothed = (group.models[name]["scaled"]["nll"].value for name in NAMES)
        assert group.differences["scaled.nll"].value == pytest.approx(hard - smoothed, abs=3e-6)


def test_groups_without_kinds_are_left_out(made: report.Report) -> None:
    """The tiny pair's recipe distorts nothing, so all kinds are new to it."""
    assert set(made.corruption_groups) == {"all", "new"}
    assert made.corruption_groups["new"] == made.corruption_groups["all"]
    assert made.corruption_groups["all"].kinds == list(KINDS)


def test_intervals_hold_their_value(made: report.Report) -> None:
    for group in made.corruption_groups.values():
        for by_kind in group.models.values():
            for figures in by_kind.values():
                assert figures["nll"].low <= figures["nll"].value <= figures["nll"].high
                assert figures["accuracy"].low < figures["accuracy"].high
