"""Measures the accuracy and calibration of a published pair's ONNX files, and writes the report."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from contract import calibration as c
from contract.artifacts import claims, manifest, report, sweep
from contract.twins import NAMES, SMOOTHED
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.evaluation import corruption, measures, out_of_distribution, prediction_sets, unlike
from train.evaluation.claims import settle
from train.export import gallery, published
from train.files import write_whole, writing
from train.statistics import ranking
from train.statistics.temperature import fit_temperature

CORRUPTED = 2000
"""The number of test pictures, from the first, that each corruption is applied to."""


def evaluate(
    models: Path,
    data: Cifar10,
    repeats: int = measures.REPEATS,
    corrupted: int = CORRUPTED,
) -> report.Report:
    """Measure the pair in the folder `models` on `data`; write `evidence/` and `gallery/` there.

    The claims are settled too, from this report and the sweeps in `models`, unless the pair is
    quantised: the claims are about the original pair. Raises `TrainError` if the pair cannot be
    trusted, was trained on other data than `data`, or the folder cannot be written.
    """
    current, files = published.read_pair(models)
    published.check_data(current, data, models)
    sets = {"validation": data.validation, "test": data.test}
    logits = {
        split: {name: published.run_onnx(files[name], part.images.numpy())[0] for name in NAMES}
        for split, part in sets.items()
    }
    labels = {split: part.labels.numpy() for split, part in sets.items()}
    temperatures = {
        name: fit_temperature(logits["validation"][name], labels["validation"]) for name in NAMES
    }
    thresholds = {
        name: prediction_sets.thresholds(logits["validation"][name], labels["validation"])
        for name in NAMES
    }
    test_confidence = {name: c.softmax(logits["test"][name]).max(axis=1) for name in NAMES}
    outside = {
        kind: {name: published.run_onnx(files[name], images)[0] for name in NAMES}
        for kind, images in out_of_distribution.pictures().items()
    }
    cells = corruption.run(files, data.test.images[:corrupted].numpy())
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **_arrays(logits, labels))
    made = report.Report(
        pair=current.model_hashes,
        logits_sha256=manifest.sha256(packed.getvalue()),
        splits={
            split: measures.split_of(logits[split], labels[split], temperatures, repeats)
            for split in sets
        },
        prediction_sets={
            name: prediction_sets.on_test_pictures(
                thresholds[name], logits["test"][name], labels["test"], repeats
            )
            for name in NAMES
        },
        corruptions=corruption.by_severity(cells, labels["test"][:corrupted], thresholds),
        corruption_groups=corruption.by_group(
            cells,
            labels["test"][:corrupted],
            temperatures,
            corruption.seen_in_training(current.training.recipe),
            repeats,
        ),
        corrupted_pictures=min(corrupted, len(data.test)),
        outside=_outside(outside, test_confidence),
        unlike_the_data=unlike.measure(logits["validation"], logits["test"], outside),
    )
    folder = models / report.FOLDER
    with writing(folder):
        write_whole(folder / report.LOGITS, packed.getvalue())
        write_whole(folder / report.FILE, as_json(made))
        # The gallery is written with every report, so that their answers always agree.
        probabilities = {n: c.softmax(values) for n, values in logits["test"].items()}
        gallery.write(models, data.test, probabilities, made.pair)
    if not published.is_quantised(files):
        settle_claims(models)
    return made


def settle_claims(models: Path) -> claims.Claims:
    """Settle the claims from the report and the sweeps in `models`, and write them there.

    Raises `TrainError` if there is no report of this pair or the folder cannot be written.
    """
    try:
        current = manifest.read(models)
        found, _ = report.read(models, current.model_hashes)
    except (manifest.ManifestError, report.ReportError) as error:
        raise TrainError(str(error)) from error
    sweeps = sweep.read(models)
    epsilon = current.models[SMOOTHED.name].epsilon
    settled = settle(found, sweeps.by_recipe, epsilon, sweeps.problems)
    folder = models / report.FOLDER
    with writing(folder):
        write_whole(folder / claims.FILE, as_json(settled))
    return settled


def as_json(part: BaseModel) -> bytes:
    """`part` as JSON, indented so that a person can read it."""
    return (part.model_dump_json(indent=1) + "\n").encode()


def _outside(
    logits: dict[str, dict[str, measures.Logits]], inside: dict[str, c.Floats]
) -> dict[str, dict[str, report.Behaviour]]:
    found = {}
    for kind, by_model in logits.items():
        behaviour = {}
        for name, of_model in by_model.items():
            sure = c.softmax(of_model).max(axis=1)
            behaviour[name] = report.Behaviour(
                confidence=measures.rounded(sure.mean()),
                auroc=measures.rounded(ranking.auroc(inside[name], sure)),
                fpr95=measures.rounded(ranking.false_positive_rate(inside[name], sure)),
            )
        found[kind] = behaviour
    return found


def _arrays(
    logits: dict[str, dict[str, measures.Logits]], labels: dict[str, measures.Labels]
) -> dict[str, NDArray[Any]]:
    """The arrays of logits and labels by the names that `contract.artifacts.report` gives them."""
    arrays: dict[str, NDArray[Any]] = {f"{split}_labels": y for split, y in labels.items()}
    for split, by_model in logits.items():
        arrays |= {f"{split}_{name}": values for name, values in by_model.items()}
    return arrays
