from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract import calibration
from contract.artifacts import claims, manifest, report
from contract.artifacts.gallery import FILE, FOLDER, Gallery
from contract.artifacts.report import Report, ReportError
from contract.corruptions import KINDS
from contract.twins import NAMES
from harness.environment import clean_environment
from harness.paths import ROOT, SAMPLE
from tests.conftest import SHORT, Published
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.evaluation import evaluate, measures, out_of_distribution, penultimate
from train.export import published, quantise
from train.plots import evidence, style, training
from train.statistics import scoring_rules
from train.statistics.temperature import fit_temperature

Evaluated = tuple[Path, Report, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def evaluated(evaluated_pair: Published) -> Evaluated:
    return evaluated_pair.folder, *report.read(
        evaluated_pair.folder, evaluated_pair.manifest.model_hashes
    )


def test_each_figure_is_that_of_the_stored_logits(evaluated: Evaluated, sample: Cifar10) -> None:
    _, made, stored = evaluated
    for split, pictures in (("validation", sample.validation), ("test", sample.test)):
        labels = stored[f"{split}_labels"]
        assert np.array_equal(labels, pictures.labels.numpy())
        assert made.splits[split].pictures == len(labels)
        for name in NAMES:
            model = made.splits[split].models[name]
            logits = stored[f"{split}_{name}"]
            assert logits.shape == (len(labels), 10)
            for at in (model.raw, model.scaled):
                p = calibration.softmax(logits, at.temperature)
                sure, correct = calibration.confidence(p, labels)
                expected = {
                    "nll": scoring_rules.nll(p, labels),
                    "ece": calibration.ece(calibration.equal_width(sure, correct)),
                    "signed_gap": calibration.signed_gap(sure, correct),
                    "brier": scoring_rules.brier_by_picture(p, labels).mean(),
                }
                for metric, value in expected.items():
                    assert at.metrics[metric].value == pytest.approx(value, abs=2e-6), metric
                assert model.accuracy.value == pytest.approx(correct.mean(), abs=1e-6)
                assert sum(at.diagram.count) == len(labels)
                assert set(at.metrics) == set(measures.METRICS)
            assert model.raw.temperature == 1
            assert np.array(model.confusion).sum() == len(labels)
            assert np.trace(model.confusion) == round(model.accuracy.value * len(labels))
            assert model.risk[-1] == pytest.approx(1 - model.accuracy.value, abs=1e-6)


def test_temperature_is_fitted_on_validation_alone(
    evaluated: Evaluated,
) -> None:
    _, made, stored = evaluated
    for name in NAMES:
        fitted = fit_temperature(stored[f"validation_{name}"], stored["validation_labels"])
        for split in report.SPLITS:
            scaled = made.splits[split].models[name].scaled
            assert scaled.temperature == pytest.approx(fitted, abs=1e-6)
        on_validation = made.splits["validation"].models[name]
        assert on_validation.scaled.metrics["nll"].value <= on_validation.raw.metrics["nll"].value


def test_differences_are_hard_minus_smoothed(
    evaluated: Evaluated,
) -> None:
    _, made, _ = evaluated
    for split in made.splits.values():
        hard, smoothed = split.models["hard"], split.models["smoothed"]
        assert split.differences["accuracy"].value == pytest.approx(
            hard.accuracy.value - smoothed.accuracy.value, abs=2e-6
        )
        for metric in measures.METRICS:
            assert split.differences[f"scaled.{metric}"].value == pytest.approx(
                hard.scaled.metrics[metric].value - smoothed.scaled.metrics[metric].value, abs=3e-6
            )
        for figure in split.differences.values():
            assert figure.low <= figure.high
        assert 0 <= split.mcnemar_p <= 1


def test_away_from_the_test_set(evaluated: Evaluated) -> None:
    _, made, _ = evaluated
    assert set(made.corruptions) == set(KINDS)
    assert all(len(by_severity) == 5 for by_severity in made.corruptions.values())
    assert set(made.outside) == set(out_of_distribution.pictures())
    for by_model in made.outside.values():
        for name in NAMES:
            assert by_model[name].accuracy is None
            assert 0 <= (by_model[name].auroc or 0) <= 1


def test_evaluating_again_gives_the_same_files(evaluated: Evaluated, sample: Cifar10) -> None:
    folder, *_ = evaluated
    lies_in = folder / report.FOLDER
    before = {path.name: path.read_bytes() for path in lies_in.iterdir()}
    assert set(before) == {report.FILE, report.LOGITS, claims.FILE}  # made without plots
    evaluate.evaluate(folder, sample, **SHORT)
    evidence.draw(folder, sample)
    after = {path.name: path.read_bytes() for path in lies_in.iterdir()}
    assert {name: after[name] for name in before} == before
    assert len(after) == 3 + 2 * 7
    assert after["plane.png"].startswith(b"\x89PNG")
    rows = (folder / manifest.read(folder).curves.path).read_text()
    with style.in_use():
        again = style.files("curves", training.curves(rows))
    assert again == {name: after[name] for name in ("curves.png", "curves.svg")}


def test_the_plane_goes_through_the_models_own_classes(tiny_pair: Published) -> None:
    content = manifest.read_file(tiny_pair.folder, tiny_pair.manifest.models["hard"], "hard")
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    features, weights = penultimate.last_layer(content, images)
    logits, _ = published.run_onnx(content, images)
    scale = features.shape[1]  # train.models divides the logits by the width
    np.testing.assert_allclose(features @ weights.T / scale, logits, atol=1e-5)
    directions = penultimate.axes(weights)
    np.testing.assert_allclose(directions.T @ directions, np.eye(2), atol=1e-12)
    a, b, c = (weights[k] @ directions for k in penultimate.CLASSES)
    assert (b - a)[1] == pytest.approx(0, abs=1e-9)
    assert (b - a)[0] == pytest.approx(np.linalg.norm(weights[3] - weights[0]))
    assert (c - a)[1] > 0


def test_evidence_of_another_pair_is_refused(evaluated: Evaluated, tmp_path: Path) -> None:
    folder, made, _ = evaluated
    with pytest.raises(ReportError, match="about another pair"):
        report.read(folder, {**made.pair, "hard": "0" * 64})
    with pytest.raises(ReportError, match="python -m train evaluate"):
        report.read(tmp_path, made.pair)
    spoilt = tmp_path / report.FOLDER
    spoilt.mkdir()
    (spoilt / report.FILE).write_text(json.dumps({"format": 3}))
    with pytest.raises(ReportError, match="cannot be read"):
        report.read(tmp_path, made.pair)


def test_a_report_of_an_earlier_version_is_called_so(
    evaluated_pair: Published, tmp_path: Path
) -> None:
    folder = shutil.copytree(evaluated_pair.folder, tmp_path / "pair")
    path = folder / report.FOLDER / report.FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(ReportError, match=r"its format is 2, and this version reads 3\); run `pyt"):
        report.read(folder, evaluated_pair.manifest.model_hashes)


def test_a_spoilt_pair_is_not_evaluated(pair_copy: Path, sample: Cifar10) -> None:
    next(pair_copy.rglob("smoothed/*/model.onnx")).write_bytes(b"other")
    with pytest.raises(TrainError, match=r"smoothed: .* is not the file that the manifest lists"):
        evaluate.evaluate(pair_copy, sample, **SHORT)


def test_a_perfectly_calibrated_model_scores_the_floor() -> None:
    """evidence.md: ECE of such a model at 95% is 0.44% ± 0.10% on 10,000 pictures, 15 bins."""
    rng = np.random.default_rng(0)
    sure = 1 - rng.beta(0.25, 4.75, 10_000) * 0.9
    floor = measures.floors(sure, 200)["ece"]
    assert 0.002 < floor.low < floor.value < floor.high < 0.008
    measured = calibration.ece(calibration.equal_width(sure, rng.random(10_000) < sure))
    assert floor.low * 0.8 < measured < floor.high * 1.2


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "train", "evaluate", "--data-dir", str(SAMPLE)]
    done = subprocess.run(
        [*command, "--models", str(tmp_path)],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"there are no trained models in {tmp_path}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_gallery_shows_what_the_evidence_holds(evaluated: Evaluated) -> None:
    folder, made, stored = evaluated
    filled = Gallery.model_validate_json((folder / FOLDER / FILE).read_text())
    assert filled.pair == made.pair
    assert filled.samples
    for sample in filled.samples:
        assert sample.label == stored["test_labels"][sample.index]
        for name in NAMES:
            p = calibration.softmax(stored[f"test_{name}"][[sample.index]])[0]
            assert getattr(sample, f"{name}_answer") == p.argmax()
            assert getattr(sample, f"{name}_confidence") == pytest.approx(p.max(), abs=1e-6)


def test_other_data_replace_no_evidence(evaluated: Evaluated, sample: Cifar10) -> None:
    folder, *_ = evaluated
    evidence_folder = folder / report.FOLDER
    before = {path.name: path.read_bytes() for path in evidence_folder.iterdir()}
    other = replace(sample, sha256="0" * 64)
    for refused in (evaluate.evaluate, quantise.export_int8):
        with pytest.raises(TrainError, match=r"was trained on data with the SHA-256 .*--data-dir"):
            refused(folder, other)
    assert {path.name: path.read_bytes() for path in evidence_folder.iterdir()} == before
    assert not (folder / "int8").exists()
