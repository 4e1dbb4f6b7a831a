"""The figures of the report, for the answers of both models on one set of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract import calibration as c
from contract.artifacts import report
from contract.artifacts.report import Figure
from contract.artifacts.sweep import SURE
from contract.calibration.resampling import (
    basic_interval,
    bootstrap_p,
    percentile_intervals,
    resample,
)
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from train.statistics import ranking, scoring_rules
from train.statistics.paired import mcnemar

Logits = NDArray[np.float32]
Labels = NDArray[np.int64]

ECES = {"ece": c.equal_width, "ece_equal_mass": c.equal_mass}
"""The two kinds of expected calibration error, and the bins of each."""
DIGITS = 6
REPEATS = 1000
"""The number of bootstrap samples, and of simulations of a perfectly calibrated model."""
SCORES = ("probability", "margin", "logit", "normalised_logit")
METRICS = (
    "nll",
    "brier",
    "ece",
    "ece_equal_mass",
    "signed_gap",
    "absolute_gap",
    "confidence",
    "sure_mistakes",
    *(f"aurc.{score}" for score in SCORES),
    *(f"e_aurc.{score}" for score in SCORES),
)


@dataclass(frozen=True)
class Answers:
    """A model's answers at one temperature. Each array is `[n]`, with one value a picture."""

    temperature: float
    sure: c.Floats
    correct: c.Bools
    nll: c.Floats
    brier: c.Floats
    scores: dict[str, c.Floats]

    def metrics(self, index: NDArray[np.int64]) -> list[float]:
        """The values of `METRICS`, in that order, on the pictures at `index`."""
        sure, correct = self.sure[index], self.correct[index]
        risks = [c.risk_coverage(self.scores[name][index], correct) for name in SCORES]
        return [
            float(self.nll[index].mean()),
            float(self.brier[index].mean()),
            c.ece(c.equal_width(sure, correct)),
            c.ece(c.equal_mass(sure, correct)),
            (gap := c.signed_gap(sure, correct)),
            abs(gap),
            float(sure.mean()),
            float((~correct & (sure >= SURE)).mean()),
            *map(ranking.aurc, risks),
            *map(ranking.e_aurc, risks),
        ]


def split_of(
    logits: dict[str, Logits], labels: Labels, temperatures: dict[str, float], repeats: int
) -> report.Split:
    """All figures of one set of pictures. `temperatures` are the fitted ones, by model."""
    n = len(labels)
    answers = {
        (name, kind): _answers(logits[name], labels, temperatures[name] if kind == "scaled" else 1)
        for name in NAMES
        for kind in ("raw", "scaled")
    }

    def figures(index: NDArray[np.int64]) -> c.Floats:
        each = {key: np.array(a.metrics(index)) for key, a in answers.items()}
        paired = [each["hard", kind] - each["smoothed", kind] for kind in ("raw", "scaled")]
        accuracy = [a.correct[index].mean() for (_, kind), a in answers.items() if kind == "raw"]
        return np.concatenate([*each.values(), *paired, [accuracy[0] - accuracy[1]]])

    values = figures(np.arange(n)).tolist()
    drawn = resample(figures, n, repeats)
    intervals, p_values = percentile_intervals(drawn), bootstrap_p(drawn)
    measured = iter(
        difference(value, interval, p)
        for value, interval, p in zip(values, intervals, p_values, strict=True)
    )
    metrics = {
        key: {name: interval_of(name, next(measured)) for name in METRICS} for key in answers
    }
    differences = {
        f"{kind}.{name}": next(measured) for kind in ("raw", "scaled") for name in METRICS
    }
    differences["accuracy"] = next(measured)
    right = [answers[name, "raw"].correct for name in NAMES]
    return report.Split(
        pictures=n,
        models={
            name: _model(
                logits[name],
                labels,
                {kind: answers[name, kind] for kind in ("raw", "scaled")},
                {kind: metrics[name, kind] for kind in ("raw", "scaled")},
                repeats,
            )
            for name in NAMES
        },
        differences=differences,
        mcnemar_p=round(mcnemar(right[0], right[1]), DIGITS),
    )


def interval_of(name: str, found: report.Difference) -> Figure:
    """The basic bootstrap interval for an ECE, the percentile interval for every other metric.

    Both terms of a paired difference of two ECEs carry the same bias, so it cancels, and percentile
    intervals are adequate.
    """
    if name not in ECES:
        return figure(found.value, found.low, found.high)
    basic = basic_interval(found.value, c.Interval(found.low, found.high))
    return figure(found.value, basic.low, basic.high)


def _answers(logits: Logits, labels: Labels, temperature: float) -> Answers:
    p = c.softmax(logits, temperature)
    sure, correct = c.confidence(p, labels)
    return Answers(
        temperature=temperature,
        sure=sure,
        correct=correct,
        nll=c.nll_by_picture(logits, labels, temperature),
        brier=scoring_rules.brier_by_picture(p, labels),
        scores=ranking.scores(logits / temperature),
    )


def _model(
    logits: Logits,
    labels: Labels,
    answers: dict[str, Answers],
    metrics: dict[str, dict[str, Figure]],
    repeats: int,
) -> report.ModelEvidence:
    correct = answers["raw"].correct
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    np.add.at(confusion, (labels, logits.argmax(axis=1)), 1)
    risks = c.risk_coverage(answers["raw"].scores["probability"], correct)
    surest = np.ceil(np.arange(1, 101) / 100 * len(labels)).astype(int) - 1
    parts = {
        kind: _calibration(logits, labels, answers[kind], metrics[kind], repeats)
        for kind in ("raw", "scaled")
    }
    return report.ModelEvidence(
        accuracy=share_of(int(correct.sum()), len(correct)),
        class_accuracy=[
            share_of(int(row[k]), int(row.sum())) if row.any() else None
            for k, row in enumerate(confusion)
        ],
        confusion=confusion.tolist(),
        risk=[round(float(risk), DIGITS) for risk in risks[surest]],
        **parts,
    )


def _calibration(
    logits: Logits, labels: Labels, answers: Answers, metrics: dict[str, Figure], repeats: int
) -> report.Calibration:
    table = c.equal_width(answers.sure, answers.correct)
    parts = scoring_rules.brier_parts(c.softmax(logits, answers.temperature), labels)
    rights = np.rint(table.accuracy * table.count).astype(int).tolist()
    return report.Calibration(
        temperature=round(answers.temperature, DIGITS),
        metrics=metrics,
        brier=report.BrierParts(**{name: round(v, DIGITS) for name, v in vars(parts).items()}),
        floors=floors(answers.sure, repeats),
        diagram=report.Diagram(
            count=table.count.tolist(),
            confidence=[round(float(v), DIGITS) for v in table.confidence],
            accuracy=list(map(share_of, rights, table.count.tolist())),
        ),
    )


def floors(sure: c.Floats, repeats: int) -> dict[str, Figure]:
    """Each kind of ECE for a perfectly calibrated model with the confidences `sure` `[n]`.

    Its answers are simulated `repeats` times. The figures are the mean of the simulations and the
    range of the middle 95% of them.
    """
    rng = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {name: [] for name in ECES}
    for _ in range(repeats):
        correct = rng.random(len(sure)) < sure
        for name, binned in ECES.items():
            drawn[name].append(c.ece(binned(sure, correct)))
    return {
        name: figure(float(np.mean(values)), *np.quantile(values, [0.025, 0.975]))
        for name, values in drawn.items()
    }


def share_of(successes: int, n: int) -> Figure:
    """The share `successes / n` with its Wilson interval."""
    interval = c.wilson(successes, n)
    return figure(successes / n, interval.low, interval.high)


def figure(value: float, low: float, high: float) -> Figure:
    """`value` with its interval, as the report holds it."""
    return Figure(value=rounded(value), low=rounded(low), high=rounded(high))


def difference(value: float, interval: c.Interval, p: float) -> report.Difference:
    """A paired difference with its interval and p-value, as the report holds it."""
    return report.Difference(
        value=rounded(value), low=rounded(interval.low), high=rounded(interval.high), p=rounded(p)
    )


def rounded(value: float) -> float:
    """`value` with as many decimals as the report holds."""
    return round(float(value), DIGITS)
