"""What each model's confidences were worth on the test pictures, at any temperature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from contract import calibration as c
from contract.calibration.reliability import BINS, ece_floor, equal_mass_bins, equal_width_bins
from serve.inference.evidence import TestSet

# The page asks for a model's state several times at one temperature, and often at T = 1.
_MOST_KEPT = 64


@dataclass(frozen=True)
class Error:
    """An expected calibration error, from 0 to 1."""

    value: float
    floor: float
    """What a perfectly calibrated model with the same confidences would score on average."""


@dataclass(frozen=True)
class State:
    """A model on the test pictures at one temperature."""

    temperature: float
    table: c.Table
    """In bins of equal width."""
    right: NDArray[np.int64]
    """The number of right answers in each bin of the table."""
    chance: NDArray[np.float64]
    """How far a perfectly calibrated model's accuracy in each bin lies from its confidence by
    chance: one standard deviation."""
    ece: Error
    ece_equal_mass: Error
    nll: float
    gap: float
    """Mean confidence minus accuracy."""
    risks: NDArray[np.float64]
    """The error rate among the 1, 2, ... most confident answers."""

    @property
    def verdict(self) -> str:
        """The sign of the gap in words."""
        if abs(self.gap) < 0.005:
            return "mean confidence matches accuracy"
        return "overconfident" if self.gap > 0 else "underconfident"

    def error_rate(self, coverage: float) -> float:
        """The error rate if only the most confident `coverage` percent are answered."""
        n = len(self.risks)
        return float(self.risks[max(1, round(n * coverage / 100)) - 1])


class States:
    """The states of both models; those of T = 1 and the last few temperatures are kept."""

    def __init__(self, test: TestSet) -> None:
        self._test = test
        self.at = lru_cache(_MOST_KEPT)(self._at)
        """The state of a model, by its name, at a temperature."""

    @property
    def pictures(self) -> int:
        """The number of test pictures."""
        return len(self._test.labels)

    def _at(self, name: str, temperature: float) -> State:
        logits, labels = self._test.logits[name], self._test.labels
        sure, correct = c.confidence(c.softmax(logits, temperature), labels)
        widths = equal_width_bins(sure, BINS)
        table, ece = _binned(sure, correct, widths)
        _, ece_equal_mass = _binned(sure, correct, equal_mass_bins(sure, BINS))
        return State(
            temperature=temperature,
            table=table,
            right=np.rint(table.accuracy * table.count).astype(np.int64),
            chance=c.perfect_deviations(sure, widths),
            ece=ece,
            ece_equal_mass=ece_equal_mass,
            nll=float(c.nll_by_picture(logits, labels, temperature).mean()),
            gap=c.signed_gap(sure, correct),
            risks=c.risk_coverage(sure, correct),
        )


def _binned(sure: c.Floats, correct: c.Bools, bins: NDArray[np.int64]) -> tuple[c.Table, Error]:
    table = c.table_of(sure, correct, bins, BINS)
    return table, Error(c.ece(table), ece_floor(sure, bins))
