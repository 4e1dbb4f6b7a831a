"""What is said of label smoothing, settled by what was measured: never by what was expected.

A *finding* is one difference, smoothed minus hard, with its 95% interval: over test pictures for
the published pair, over seeds for a sweep. It supports a claim where the whole interval lies on
the claimed side of 0, and contradicts it where all of it lies on the other. A claim is *true here*
where every finding supports it, *it depends* where some do, *false here* where none does and some
contradict it, and *not shown* where chance alone may explain them all; a claim that nothing here
measured says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract import calibration as c
from contract.intervals import Interval, bootstrap
from contract.manifest import NAMES
from contract.report import Report
from contract.smoothing import loss_floor, targets
from contract.sweep import SURE, Mean, Row, summary

EPSILON = 0.1
"""Of the smoothed twin, and of the sweeps' networks that are compared with ε = 0."""
CLASSES = 10
PAIR = "published pair"
EVALUATE = "python -m train evaluate"


@dataclass(frozen=True)
class Finding:
    """One figure of both twins, shares from 0 to 1 or nats."""

    setting: str
    """On what: the published pair, or a sweep and its number of seeds."""
    what: str
    share: bool
    """Whether to be shown in percent."""
    hard: float
    smoothed: float
    interval: Interval
    """Of smoothed minus hard."""
    less: bool
    """Whether the claim is that the smoothed twin's figure is the lower one."""

    @property
    def supports(self) -> bool:
        return self.interval.high < 0 if self.less else self.interval.low > 0

    @property
    def contradicts(self) -> bool:
        return self.interval.low > 0 if self.less else self.interval.high < 0

    @property
    def mark(self) -> str:
        """✓ supports the claim, ✗ contradicts it, ~ may be chance."""
        return "✓" if self.supports else "✗" if self.contradicts else "~"


@dataclass(frozen=True)
class Claim:
    """A sentence that is often said, and what was found."""

    letter: str
    text: str
    findings: tuple[Finding, ...]
    commands: tuple[str, ...]
    """Make the figures."""
    note: str = ""

    @property
    def verdict(self) -> str:
        supported = sum(finding.supports for finding in self.findings)
        if not self.findings:
            return "not measured"
        if supported == len(self.findings):
            return "true here"
        if supported:
            return "it depends"
        return "false here" if any(f.contradicts for f in self.findings) else "not shown"


def settle(
    report: Report, logits: Mapping[str, NDArray[Any]], sweeps: Mapping[str, Sequence[Row]]
) -> list[Claim]:
    """Claims (a) to (i). `logits` as beside the report; `sweeps` by recipe, each with ε = 0.1.

    Raises `contract.sweep.SweepError` where a sweep is too small for an interval.
    """
    # A sweep of other ε says nothing of this one.
    at_epsilon = {
        recipe: rows for recipe, rows in sweeps.items() if any(r.epsilon == EPSILON for r in rows)
    }
    clean = {recipe: summary(rows)[EPSILON] for recipe, rows in at_epsilon.items()}
    noisy = {
        f"{recipe}, 20% of labels moved": summary(rows, 0.2)[EPSILON]
        for recipe, rows in at_epsilon.items()
        if any(row.label_noise == 0.2 and row.epsilon == EPSILON for row in rows)
    }
    by_picture = _by_picture(report, logits)

    def over(metric: str, what: str, less: bool, share: bool = True) -> tuple[Finding, ...]:
        return tuple(_over_seeds(r, by[metric], what, less, share) for r, by in clean.items())

    def pair(metric: str, what: str, less: bool) -> Finding:
        return _of_pair(by_picture[metric], what, less)

    def reported(metric: str, what: str, less: bool) -> Finding:
        return _reported(report, metric, what, less)

    hard_target, smoothed_target = (targets([0], CLASSES, e)[0, 0] for e in (0.0, EPSILON))
    softer = Finding(
        "by definition",
        "target of the true class",
        True,
        float(hard_target),
        float(smoothed_target),
        Interval(*[float(smoothed_target - hard_target)] * 2),
        less=True,
    )
    floor = loss_floor(EPSILON, CLASSES)
    swept = tuple(_command(recipe) for recipe in sweeps) or ("python -m train sweep",)
    both = (EVALUATE, *swept)
    return [
        Claim("a", "softens the targets", (softer,), ("python -m lessons targets",)),
        Claim(
            "b",
            "lowers confidence",
            (
                pair("confidence", "mean confidence", True),
                *over("confidence", "mean confidence", True),
            ),
            both,
        ),
        Claim(
            "c",
            "raises training loss",
            over("train_loss", "training loss", False, share=False),
            swept,
            f"By construction: it cannot fall below {floor:.3f} nats, the entropy of the targets.",
        ),
        Claim(
            "d",
            "reduces overfitting",
            over("overfitting", "accuracy on training minus on test pictures", True),
            swept,
        ),
        Claim(
            "e",
            "improves accuracy on new data",
            (pair("correct", "accuracy", False), *over("accuracy", "accuracy", False)),
            both,
        ),
        Claim(
            "f",
            "calibrates better",
            (
                reported("raw.ece", "ECE", True),
                reported("scaled.ece", "ECE after temperature", True),
                *over("ece", "ECE", True),
                *over("ece_scaled", "ECE after temperature", True),
            ),
            both,
        ),
        Claim(
            "g",
            "makes fewer overconfident mistakes",
            (
                pair("sure_mistake", f"wrong and {SURE:.0%} sure or more", True),
                pair("sure_mistake_scaled", "the same after temperature", True),
                *over("sure_mistakes", f"wrong and {SURE:.0%} sure or more", True),
                *over("sure_mistakes_scaled", "the same after temperature", True),
            ),
            both,
        ),
        Claim(
            "h",
            "copes better with label noise",
            tuple(
                _over_seeds(setting, by["accuracy"], "accuracy", False, True)
                for setting, by in noisy.items()
            ),
            swept,
        ),
        Claim(
            "i",
            "makes training more stable",
            over("largest_fall", "largest fall of validation accuracy between epochs", True),
            swept,
        ),
    ]


def _command(recipe: str) -> str:
    if recipe == "classic":
        return "python -m lessons experiment --publish"
    return f"python -m train sweep --recipe {recipe}"


def _by_picture(
    report: Report, logits: Mapping[str, NDArray[Any]]
) -> dict[str, list[NDArray[np.float64]]]:
    """By figure, each twin's value for each test picture, whose mean is the figure."""
    labels = logits["test_labels"].astype(np.int64)
    found: dict[str, list[NDArray[np.float64]]] = {}
    for name in NAMES:
        sure, correct = c.confidence(c.softmax(logits[f"test_{name}"]), labels)
        found.setdefault("confidence", []).append(sure)
        found.setdefault("correct", []).append(correct.astype(np.float64))
        fitted = report.splits["test"].models[name].scaled.temperature
        scaled, _ = c.confidence(c.softmax(logits[f"test_{name}"], fitted), labels)
        for figure, confidence in (("sure_mistake", sure), ("sure_mistake_scaled", scaled)):
            mistake = (~correct & (confidence >= SURE)).astype(np.float64)
            found.setdefault(figure, []).append(mistake)
    return found


def _of_pair(values: list[NDArray[np.float64]], what: str, less: bool) -> Finding:
    hard, smoothed = values
    differences = smoothed - hard
    (interval,) = bootstrap(
        lambda index: np.array([differences[index].mean()]), len(differences), repeats=1000
    )
    return Finding(PAIR, what, True, float(hard.mean()), float(smoothed.mean()), interval, less)


def _reported(report: Report, metric: str, what: str, less: bool) -> Finding:
    split = report.splits["test"]
    kind, name = metric.split(".", 1)
    hard, smoothed = (getattr(split.models[m], kind).metrics[name].value for m in NAMES)
    found = split.differences[metric]
    # The report's differences are hard minus smoothed.
    return Finding(PAIR, what, True, hard, smoothed, Interval(-found.high, -found.low), less)


def _over_seeds(setting: str, mean: Mean, what: str, less: bool, share: bool) -> Finding:
    return Finding(
        setting=f"{setting}, {mean.seeds} seeds",
        what=what,
        share=share,
        hard=mean.value - mean.difference,
        smoothed=mean.value,
        interval=mean.difference_interval,
        less=less,
    )
