"""`exported_models/evidence/report.json`: what the published pair's confidences are worth.

Accuracies, probabilities and errors are from 0 to 1; NLL is in nats. The figures of a model are
under its name, `hard` or `smoothed`. Every figure but those on corrupted pictures and on pictures
of none of the classes follows from the logits, which are stored beside the report.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from contract.artifacts.manifest import sha256

FOLDER = "evidence"
FILE = "report.json"
LOGITS = "logits.npz"
"""The file of logits: arrays `SPLIT_labels`, int64 `[n]`, and `SPLIT_MODEL`, float32 `[n, 10]`."""
SPLITS = ("validation", "test")
PRIMARY = ("ece_equal_mass", "absolute_gap", "nll")
"""The measures of calibration that decide every verdict; they were chosen before any result.

They are ECE in bins of equal mass, the distance of mean confidence from accuracy, and NLL, which
also counts sharpness. ECE in bins of equal width is reported because it is widely quoted. It
decides nothing, because its value depends on where a model's confidences happen to lie.
"""


class ReportError(Exception):
    """The evidence cannot be used; the message says why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Part):
    """A measured value with its 95% interval."""

    value: float
    low: float
    high: float


class Difference(Figure):
    """A paired difference with its 95% interval."""

    p: float
    """The two-sided p-value of the hypothesis that the difference is 0, for this one alone."""


class Diagram(_Part):
    """The bins of a reliability diagram that are not empty, with Wilson intervals."""

    count: list[int]
    confidence: list[float]
    accuracy: list[Figure]


class BrierParts(_Part):
    """The parts of a Brier score: reliability - resolution + uncertainty + within.

    `train.statistics.scoring_rules` explains them.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float


class Calibration(_Part):
    """How well calibrated a model is at one temperature."""

    temperature: float
    metrics: dict[str, Figure]
    """The metrics by name; `METRICS` in `train.evaluation.measures` lists them."""
    brier: BrierParts
    floors: dict[str, Figure]
    """For `ece` and `ece_equal_mass`, the score of a perfectly calibrated model with the same
    confidences: the mean of the simulations, and the range of the middle 95% of them."""
    diagram: Diagram


class ModelEvidence(_Part):
    """What was measured of one model on one set of pictures."""

    accuracy: Figure
    class_accuracy: list[Figure | None]
    """By class; None for one that no picture shows."""
    confusion: list[list[int]]
    """The number of pictures by true class (rows) and by answer (columns)."""
    raw: Calibration
    scaled: Calibration
    """The calibration at the temperature that was fitted on validation pictures."""
    risk: list[float]
    """The error rate among the most confident 1%, 2%, ... 100% of pictures."""


class Split(_Part):
    """What was measured on one set of pictures."""

    pictures: int
    models: dict[str, ModelEvidence]
    differences: dict[str, Difference]
    """The paired differences, hard minus smoothed: `accuracy`, `raw.METRIC`, `scaled.METRIC`. The
    intervals are over pictures; the two networks and their fitted temperatures are held fixed."""
    mcnemar_p: float
    """The p-value of McNemar's exact test that both models are right equally often."""


class PredictionSets(_Part):
    """A model's prediction sets at one coverage level, on the test pictures.

    Split conformal prediction with the scores of LAC at T = 1 (`train.statistics.conformal`). The
    guarantee is for the average of all pictures like those of CIFAR-10: it does not hold for each
    class by itself, nor for corrupted pictures. The intervals are over test pictures; the threshold
    is held fixed.

    An empty set stays empty and counts as one that misses the true class. Sets are empty where the
    level is below the model's accuracy: then some pictures can be given up, and the model gives up
    those that it is least sure of. A set with the likeliest class in it instead would cover more
    than the level asks for.
    """

    threshold: float
    """A class is in the set if 1 - p is at most this, with p its probability at T = 1. From
    validation pictures alone. It is 1, with which every class is in every set, if there are too few
    of them for the level. Unlike other figures it is not rounded."""
    coverage: Figure
    """The share of sets that hold the true class."""
    size: Figure
    """The mean number of classes in a set."""
    sizes: list[int]
    """The number of sets with 0, 1, ... 10 classes."""
    class_coverage: list[Figure]
    class_size: list[Figure]
    """Coverage and mean size by true class."""


class SetBehaviour(_Part):
    """The coverage and the mean size of prediction sets on corrupted pictures."""

    coverage: float
    size: float


class Behaviour(_Part):
    """How a model behaves on corrupted pictures, or on pictures of none of the classes."""

    confidence: float
    """The mean confidence."""
    accuracy: float | None = None
    ece: float | None = None
    auroc: float | None = None
    """The AUROC of telling these pictures from test pictures by confidence; 0.5 is chance."""
    fpr95: float | None = None
    """The share of these pictures that pass the confidence threshold that 95% of the test pictures
    pass."""
    sets: dict[str, SetBehaviour] | None = None
    """The prediction sets by coverage level, on corrupted pictures."""


class CorruptionGroup(_Part):
    """Means over some kinds of corruption at all severities, each of which counts alike.

    The measures of a model are `accuracy`, those of `PRIMARY`, `ece` and `signed_gap`; each is
    worked out for a kind and a severity by itself, and then averaged. `raw` is at T = 1, `scaled`
    at the temperature that was fitted on clean validation pictures.
    """

    kinds: list[str]
    models: dict[str, dict[str, dict[str, Figure]]]
    """By model, then `raw` or `scaled`, then measure."""
    differences: dict[str, Difference]
    """The paired differences, hard minus smoothed, such as `raw.nll`. The intervals are over
    pictures, each of which keeps all its corruptions."""


class UnlikeTheData(_Part):
    """The warning that a picture is unlike the data, and how often it comes.

    It comes if either model's energy (`contract.calibration.energy`) is below its least energy.
    """

    least_energy: dict[str, float]
    """By model. From validation pictures alone."""
    validation: float
    """The share of validation pictures that get the warning, although they are of the data."""
    test: float
    outside: dict[str, float]
    """The share of pictures of none of the classes that get it, by name of the set."""
    auroc: dict[str, dict[str, float]]
    """By name of the set and then by score, such as `energy.hard`: the AUROC of telling its
    pictures from test pictures. `train.evaluation.unlike` lists the scores."""


class Report(_Part):
    """The contents of report.json."""

    format: Literal[3] = 3
    pair: dict[str, str]
    """The SHA-256 of each model's ONNX file, by model."""
    logits_sha256: str
    """The SHA-256 of the file of logits."""
    splits: dict[str, Split]
    prediction_sets: dict[str, dict[str, PredictionSets]]
    """The prediction sets of each model, by coverage level: `0.90`, `0.95` and `0.99`."""
    corruptions: dict[str, list[dict[str, Behaviour]]]
    """For each corruption, the behaviour of each model at severities 1 to 5."""
    corruption_groups: dict[str, CorruptionGroup]
    """`all` kinds, those that training pictures had too (`seen`), and those that were `new` to the
    models. A group without kinds is absent."""
    corrupted_pictures: int
    """The number of test pictures that were corrupted."""
    outside: dict[str, dict[str, Behaviour]]
    """The behaviour on pictures of none of the classes, by name of the set and then by model."""
    unlike_the_data: UnlikeTheData


def _older(path: Path) -> str:
    """Why a report of another version of this program cannot be read; empty for other faults."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    known = Report.model_fields["format"].default
    return f"its format is {found!r}, and this version reads {known}" if found != known else ""


def read(models: Path, pair: dict[str, str]) -> tuple[Report, dict[str, NDArray[np.float32]]]:
    """The report in the folder `models`, and the arrays of logits beside it.

    Raises `ReportError` if they cannot be read or belong to another pair than `pair`, which holds
    the models' SHA-256.
    """
    folder = models / FOLDER
    command = f"`python -m train evaluate --models {models}`"
    try:
        report = Report.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
        packed = (folder / LOGITS).read_bytes()
    except FileNotFoundError as error:
        raise ReportError(f"{error.filename} does not exist; make it with {command}") from None
    except (OSError, ValueError, ValidationError) as error:
        reason = _older(folder / FILE) or str(error).splitlines()[0]
        raise ReportError(f"{folder} cannot be read ({reason}); run {command} again") from error
    if report.pair != pair:
        raise ReportError(f"{folder / FILE} is about another pair; run {command} for this one")
    if report.logits_sha256 != sha256(packed):
        raise ReportError(
            f"{folder / LOGITS} is not the file that the report was made from; run {command} again"
        )
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        return report, {name: stored[name] for name in stored.files}
