"""The figures that move in the story, from the report and the logits of the pair that is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from contract import calibration as c
from contract.artifacts.report import Behaviour, Report
from contract.twins import TWINS
from serve.inference.evidence import Evidence, TestSet

FRAMES = 13
"""The temperatures at which the bins are worked out, from 1 to the fitted one; the browser moves
the points from each to the next."""
_DIGITS = 6
Bin = tuple[int, float, float]
"""The number of pictures in a bin, their mean confidence, and the accuracy on them."""
Place = tuple[float, float]
"""A mean confidence and an accuracy."""


@dataclass(frozen=True)
class Frame:
    """A model on the test pictures at one temperature."""

    temperature: float
    confidence: float
    """The mean over all pictures."""
    ece: float
    """In the same bins."""
    bins: tuple[Bin | None, ...]
    """The bins of the tab Calibration, by confidence; None for one without pictures."""


@dataclass(frozen=True)
class Movements:
    """How a model moves in the plane of confidence and accuracy."""

    accuracy: float
    """On all test pictures; no temperature changes it."""
    frames: tuple[Frame, ...]
    """From T = 1 to the fitted temperature."""
    corrupted: Mapping[str, tuple[Place, ...]]
    """By kind of corruption, at T = 1: without it, then at severities 1, 2 and so on."""

    @property
    def raw(self) -> Frame:
        """The model as it was trained, at T = 1."""
        return self.frames[0]

    @property
    def fitted(self) -> Frame:
        """The model at its fitted temperature."""
        return self.frames[-1]

    def at_severity(self, severity: int) -> Place:
        """The mean over the kinds, each of which counts alike."""
        means = np.mean([path[severity] for path in self.corrupted.values()], axis=0)
        return float(means[0]), float(means[1])

    @property
    def worst(self) -> Place:
        """The mean over the kinds at the highest severity."""
        return self.at_severity(-1)


def movements(evidence: Evidence) -> dict[str, Movements] | None:
    """The movements of both models, by name; None if they were not measured."""
    if evidence.test is None or evidence.report is None or not evidence.report.corruptions:
        return None
    return {name: _of(name, evidence.test, evidence.report, evidence) for name in TWINS}


def for_browser(found: Mapping[str, Movements]) -> dict[str, object]:
    """The movements as JSON: 20 kB, a third of it when compressed."""
    return {
        name: {
            "accuracy": _round(each.accuracy),
            "frames": [
                {
                    "t": _round(frame.temperature),
                    "sure": _round(frame.confidence),
                    "bins": [b and [b[0], _round(b[1]), _round(b[2])] for b in frame.bins],
                }
                for frame in each.frames
            ],
            "corrupted": {
                kind: [[_round(x), _round(y)] for x, y in path]
                for kind, path in each.corrupted.items()
            },
        }
        for name, each in found.items()
    }


def _of(name: str, test: TestSet, report: Report, evidence: Evidence) -> Movements:
    temperatures = np.geomspace(1.0, evidence.temperatures[name], FRAMES)
    # Exactly the fitted one, which the sentences and the tab Calibration show too.
    temperatures[-1] = evidence.temperatures[name]
    frames = tuple(_frame(name, test, float(t)) for t in temperatures)
    _, correct = c.confidence(c.softmax(test.logits[name]), test.labels)
    accuracy = float(correct.mean())
    clean = frames[0].confidence, accuracy
    corrupted = {
        kind: (clean, *(_place(both[name]) for both in severities))
        for kind, severities in report.corruptions.items()
    }
    return Movements(accuracy, frames, corrupted)


def _frame(name: str, test: TestSet, temperature: float) -> Frame:
    sure, correct = c.confidence(c.softmax(test.logits[name], temperature), test.labels)
    which = c.equal_width_bins(sure, c.BINS)
    table = c.table_of(sure, correct, which, c.BINS)
    bins: list[Bin | None] = [None] * c.BINS
    rows = zip(table.count, table.confidence, table.accuracy, strict=True)
    for place, (n, x, y) in zip(np.unique(which), rows, strict=True):
        bins[int(place)] = (int(n), float(x), float(y))
    return Frame(temperature, float(sure.mean()), c.ece(table), tuple(bins))


def _place(found: Behaviour) -> Place:
    # Only pictures of none of the classes have no accuracy.
    return found.confidence, found.accuracy or 0.0


def _round(value: float) -> float:
    return round(value, _DIGITS)
