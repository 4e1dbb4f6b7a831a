"""The published pair's evidence, where there is one: what a confidence has been worth."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.artifacts import report
from contract.calibration.lookup import Lookup
from contract.twins import NAMES

log = logging.getLogger("twinlabel")


@dataclass(frozen=True)
class TestSet:
    """What the twins gave for CIFAR-10's test pictures."""

    labels: NDArray[np.int64]
    """`[n]`."""
    logits: Mapping[str, NDArray[np.float32]]
    """By twin, `[n, 10]`."""


@dataclass(frozen=True)
class Evidence:
    """By twin; empty where there is no evidence of this pair."""

    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    temperatures: Mapping[str, float] = field(default_factory=dict)
    """Fitted on validation pictures."""
    least_logits: Mapping[str, float] = field(default_factory=dict)
    """The largest logit that 99% of the validation pictures reach."""
    test: TestSet | None = None


def load(models: Path, pair: dict[str, str]) -> Evidence:
    """The evidence beside the models; an empty one, with a warning, where it is not of `pair`."""
    try:
        found, logits = report.read(models, pair)
    except report.ReportError as error:
        log.warning("answers carry no reliability: %s", error)
        return Evidence()
    labels = logits["test_labels"].astype(int)
    lookups = {name: Lookup(logits[f"test_{name}"], labels) for name in NAMES}
    fitted = found.splits["validation"].models
    temperatures = {name: fitted[name].scaled.temperature for name in NAMES}
    for name, lookup in lookups.items():
        # Sorts 10,000 pictures into bins now, not at the first request.
        lookup.at(1.0)
        lookup.at(1.0, temperatures[name])
    least = {n: float(np.percentile(logits[f"validation_{n}"].max(axis=1), 1)) for n in NAMES}
    test = TestSet(labels, {name: logits[f"test_{name}"] for name in NAMES})
    return Evidence(lookups, temperatures, least, test)
