"""`exported_models/evidence/report.json`: what the published pair's confidences are worth.

Accuracies, probabilities and errors are from 0 to 1; NLL is in nats. Each model's figures stand
under its name, `hard` or `smoothed`. The logits that all of it is made of lie beside the report.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from contract.artifacts.manifest import sha256

FOLDER = "evidence"
FILE = "report.json"
LOGITS = "logits.npz"
"""Arrays `SPLIT_labels`, int64 `[n]`, and `SPLIT_MODEL`, float32 `[n, 10]`: logits."""
SPLITS = ("validation", "test")
PRIMARY = ("ece_equal_mass", "absolute_gap", "nll")
"""The measures of calibration that every verdict follows from, chosen for good before looking.

ECE in bins of equal mass, the distance of mean confidence from accuracy, and NLL, which counts
sharpness too. ECE in bins of equal width is reported because everybody quotes it; it decides
nothing, since its value depends on where a model's confidences happen to lie.
"""


class ReportError(Exception):
    """Evidence that cannot be used; the text says why."""


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
    """Two-sided, that the difference is 0; for this difference alone."""


class Diagram(_Part):
    """A reliability diagram: its bins that are not empty, with Wilson intervals."""

    count: list[int]
    confidence: list[float]
    accuracy: list[Figure]


class BrierParts(_Part):
    """Brier = reliability - resolution + uncertainty + within (see `train.statistics`)."""

    reliability: float
    resolution: float
    uncertainty: float
    within: float


class Calibration(_Part):
    """A model at one temperature."""

    temperature: float
    metrics: dict[str, Figure]
    """By name; see `METRICS` in `train.evaluation.measures`."""
    brier: BrierParts
    floors: dict[str, Figure]
    """For `ece` and `ece_equal_mass`: what a perfectly calibrated model with these confidences
    scores, mean and 95% of simulations."""
    diagram: Diagram


class ModelEvidence(_Part):
    accuracy: Figure
    class_accuracy: list[Figure]
    confusion: list[list[int]]
    """Rows: true class; columns: answer."""
    raw: Calibration
    scaled: Calibration
    """At the temperature fitted on validation."""
    risk: list[float]
    """Error rate among the surest 1%, 2%, ... 100% of pictures, by largest probability."""


class Split(_Part):
    """One set of pictures."""

    pictures: int
    models: dict[str, ModelEvidence]
    differences: dict[str, Difference]
    """Hard minus smoothed, paired: `accuracy`, `raw.METRIC`, `scaled.METRIC`. Pictures vary, and
    the two trained networks and their fitted temperatures are held fixed."""
    mcnemar_p: float


class Behaviour(_Part):
    """A model on pictures unlike the test set's."""

    confidence: float
    """Mean."""
    accuracy: float | None = None
    ece: float | None = None
    auroc: float | None = None
    """Of telling them from test pictures by confidence; 0.5 is chance."""
    fpr95: float | None = None
    """Share of them that are at least as sure as the least sure of the 95% surest test pictures."""


class Report(_Part):
    format: Literal[2] = 2
    pair: dict[str, str]
    """SHA-256 of each model's ONNX file."""
    logits_sha256: str
    """Of the file beside it."""
    splits: dict[str, Split]
    corruptions: dict[str, list[dict[str, Behaviour]]]
    """By kind: severities 1 to 5."""
    corrupted_pictures: int
    outside: dict[str, dict[str, Behaviour]]
    """By name of a set of pictures that show none of the classes."""


def read(models: Path, pair: dict[str, str]) -> tuple[Report, dict[str, NDArray[np.float32]]]:
    """The report and the logits beside it, of `pair`. Raises `ReportError`, saying why not."""
    folder = models / FOLDER
    command = f"`python -m train evaluate --models {models}`"
    try:
        report = Report.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
        packed = (folder / LOGITS).read_bytes()
    except FileNotFoundError as error:
        raise ReportError(f"there is no {error.filename}; {command} makes it") from None
    except (OSError, ValueError, ValidationError) as error:
        raise ReportError(f"{folder} cannot be read: {str(error).splitlines()[0]}") from error
    if report.pair != pair:
        raise ReportError(f"{folder / FILE} is about another pair; run {command} for this one")
    if report.logits_sha256 != sha256(packed):
        raise ReportError(
            f"{folder / LOGITS} is not the file that the report was made of; run {command} again"
        )
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        return report, {name: stored[name] for name in stored.files}
