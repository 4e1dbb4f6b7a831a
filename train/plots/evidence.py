"""Draws the report of a published pair. Each plot is a PNG and an SVG, for use on a slide."""

from __future__ import annotations

from pathlib import Path

from contract.artifacts import manifest, report
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.evaluation import penultimate
from train.export import published
from train.files import write_whole, writing
from train.plots import calibration, robustness, style, training


def draw(models: Path, data: Cifar10) -> None:
    """Draw the report of the pair in the folder `models` into its folder `evidence`.

    Raises `TrainError` if there is no report of this pair or the folder cannot be written.
    """
    current, files = published.read_pair(models)
    try:
        found, logits = report.read(models, current.model_hashes)
        rows = manifest.read_file(models, current.curves, "curves").decode()
    except (report.ReportError, manifest.ManifestError) as error:
        raise TrainError(str(error)) from error
    planes = {
        (name, part): penultimate.project(content, pictures)
        for name, content in files.items()
        for part, pictures in (("train", data.train), ("test", data.test))
    }
    folder = models / report.FOLDER
    with style.in_use(), writing(folder):
        figures = {
            "reliability": calibration.reliability(found),
            "confidence": calibration.confidence(logits),
            "risk_coverage": calibration.risk_coverage(found),
            "corruptions": robustness.corruptions(found),
            "prediction_sets": robustness.prediction_sets(found),
            "plane": training.penultimate_plane(planes),
            "curves": training.curves(rows),
        }
        for name, figure in figures.items():
            for file, content in style.files(name, figure).items():
                write_whole(folder / file, content)
