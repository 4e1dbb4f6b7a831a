"""Measures what the published pair's confidences are worth: from its ONNX files to the report."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from contract import calibration as c
from contract import corruptions, manifest, report
from contract.manifest import NAMES
from train import export, gallery, measure, outside, plane
from train import plots as drawn
from train.data import Cifar10, Pictures
from train.errors import TrainError
from train.files import write_whole

REPEATS = 1000
"""Of the bootstrap, and of the simulations of a perfectly calibrated model."""
CORRUPTED = 2000
"""The first test pictures, under each corruption."""


def evaluate(
    models: Path,
    data: Cifar10,
    repeats: int = REPEATS,
    corrupted: int = CORRUPTED,
    plots: bool = True,
) -> report.Report:
    """Measure the pair in the folder `models` on `data`; write `evidence/` and `gallery/` there.

    Raises `TrainError` where the pair cannot be trusted or the folder cannot be written.
    """
    try:
        current = manifest.read(models)
        files = {n: manifest.read_file(models, e, n) for n, e in current.models.items()}
    except manifest.ManifestError as error:
        raise TrainError(str(error)) from error
    sets = {"validation": data.validation, "test": data.test}
    logits = {
        split: {name: export.run_onnx(files[name], part.images)[0] for name in NAMES}
        for split, part in sets.items()
    }
    labels = {split: part.labels.numpy() for split, part in sets.items()}
    temperatures = {
        name: c.fit_temperature(logits["validation"][name], labels["validation"]) for name in NAMES
    }
    test_confidence = {name: c.softmax(logits["test"][name]).max(axis=1) for name in NAMES}
    arrays = _arrays(logits, labels)
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    made = report.Report(
        pair=current.pair,
        logits_sha256=manifest.sha256(packed.getvalue()),
        splits={
            split: measure.split_of(logits[split], labels[split], temperatures, repeats)
            for split in sets
        },
        corruptions=_corruptions(files, data.test, corrupted),
        corrupted_pictures=min(corrupted, len(data.test)),
        outside=_outside(files, test_confidence),
    )
    folder = models / report.FOLDER
    with _writing(folder):
        write_whole(folder / report.LOGITS, packed.getvalue())
        write_whole(folder / report.FILE, (made.model_dump_json(indent=1) + "\n").encode())
        # Again, now that the report is: the two never disagree.
        probabilities = {n: c.softmax(values) for n, values in logits["test"].items()}
        gallery.write(models, data.test, probabilities, made.pair)
    if plots:
        _draw(models, made, arrays, files, data)
    return made


def _corruptions(
    files: dict[str, bytes], pictures: Pictures, first: int
) -> dict[str, list[dict[str, report.Behaviour]]]:
    images = pictures.images[:first].numpy()
    labels = pictures.labels[:first].numpy()
    found: dict[str, list[dict[str, report.Behaviour]]] = {}
    for kind in corruptions.KINDS:
        found[kind] = []
        for severity in corruptions.SEVERITIES:
            changed = corruptions.corrupt(images, kind, severity)
            behaviour = {}
            for name, content in files.items():
                logits, _ = export.run_onnx(content, torch.from_numpy(changed))
                sure, correct = c.confidence(c.softmax(logits), labels)
                behaviour[name] = report.Behaviour(
                    confidence=round(float(sure.mean()), measure.DIGITS),
                    accuracy=round(float(correct.mean()), measure.DIGITS),
                    ece=round(c.ece(c.equal_width(sure, correct)), measure.DIGITS),
                )
            found[kind].append(behaviour)
    return found


def _outside(
    files: dict[str, bytes], inside: dict[str, c.Floats]
) -> dict[str, dict[str, report.Behaviour]]:
    found = {}
    for kind, images in outside.pictures().items():
        behaviour = {}
        for name, content in files.items():
            sure = c.softmax(export.run_onnx(content, torch.from_numpy(images))[0]).max(axis=1)
            behaviour[name] = report.Behaviour(
                confidence=round(float(sure.mean()), measure.DIGITS),
                auroc=round(c.auroc(inside[name], sure), measure.DIGITS),
                fpr95=round(c.false_positive_rate(inside[name], sure), measure.DIGITS),
            )
        found[kind] = behaviour
    return found


def _arrays(
    logits: dict[str, dict[str, measure.Logits]], labels: dict[str, measure.Labels]
) -> dict[str, NDArray[Any]]:
    """By the names that `contract.report` gives them."""
    arrays: dict[str, NDArray[Any]] = {f"{split}_labels": y for split, y in labels.items()}
    for split, by_model in logits.items():
        arrays |= {f"{split}_{name}": values for name, values in by_model.items()}
    return arrays


def _draw(
    models: Path,
    made: report.Report,
    arrays: dict[str, NDArray[Any]],
    files: dict[str, bytes],
    data: Cifar10,
) -> None:
    rows = manifest.read_file(models, manifest.read(models).curves, "curves").decode()
    planes = {
        (name, part): plane.project(content, pictures)
        for name, content in files.items()
        for part, pictures in (("train", data.train), ("test", data.test))
    }
    with _writing(models / report.FOLDER):
        drawn.draw(models / report.FOLDER, made, arrays, rows, planes)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise TrainError(
            f"the evidence cannot be written to {folder} ({error.strerror or error}); make room "
            "and start the same command again"
        ) from error
