"""The evidence of a published pair, for the reliability of its confidences."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.artifacts import report
from contract.artifacts.report import Report, UnlikeTheData
from contract.calibration import LEVELS, level_name
from contract.calibration.lookup import Lookup
from contract.twins import NAMES

log = logging.getLogger("twinlabel")


@dataclass(frozen=True)
class TestSet:
    """The labels of CIFAR-10's test pictures, and both models' logits for them."""

    labels: NDArray[np.int64]
    """The true classes, `[n]`."""
    logits: Mapping[str, NDArray[np.float32]]
    """The logits of each model, `[n, 10]`."""


@dataclass(frozen=True)
class Evidence:
    """What is known of the pair's confidences, by model. It is empty if there is no evidence."""

    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    temperatures: Mapping[str, float] = field(default_factory=dict)
    """The temperatures that were fitted on validation pictures."""
    unlike_the_data: UnlikeTheData | None = None
    """When a picture is unlike the data, and how often that is said."""
    test: TestSet | None = None
    thresholds: Mapping[str, Mapping[float, float]] = field(default_factory=dict)
    """The thresholds of prediction sets at T = 1, by model and then by coverage level."""
    report: Report | None = None
    """All that was measured of the pair."""


def load(models: Path, pair: dict[str, str]) -> Evidence:
    """The evidence in `models`. If it is missing or not of `pair`, it is empty, with a warning."""
    try:
        found, logits = report.read(models, pair)
    except report.ReportError as error:
        log.warning("answers have no reliability: %s", error)
        return Evidence()
    labels = logits["test_labels"].astype(int)
    fitted = found.splits["validation"].models
    temperatures = {name: fitted[name].scaled.temperature for name in NAMES}
    # This sorts 10,000 pictures into bins now, so that the first request does not have to.
    lookups = {
        name: Lookup(logits[f"test_{name}"], labels, {1.0, temperatures[name]}) for name in NAMES
    }
    test = TestSet(labels, {name: logits[f"test_{name}"] for name in NAMES})
    thresholds = {
        name: {level: sets[level_name(level)].threshold for level in LEVELS}
        for name, sets in found.prediction_sets.items()
    }
    return Evidence(lookups, temperatures, found.unlike_the_data, test, thresholds, found)
