"""The figures of the report, for the answers of both models on one set of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract import calibration as c
from contract import report
from contract.cifar10 import CLASSES
from contract.intervals import bootstrap, mcnemar, wilson
from contract.manifest import NAMES
from contract.report import Figure

Logits = NDArray[np.float32]
Labels = NDArray[np.int64]

DIGITS = 6
SCORES = ("probability", "margin", "logit", "normalised_logit")
METRICS = (
    "nll",
    "brier",
    "ece",
    "ece_equal_mass",
    "signed_gap",
    *(f"aurc.{score}" for score in SCORES),
    *(f"e_aurc.{score}" for score in SCORES),
)


@dataclass(frozen=True)
class Answers:
    """A model's answers at one temperature, picture by picture, each `[n]`."""

    temperature: float
    sure: c.Floats
    correct: c.Bools
    nll: c.Floats
    brier: c.Floats
    scores: dict[str, c.Floats]

    def metrics(self, index: NDArray[np.int64]) -> list[float]:
        """`METRICS` of the pictures at `index`, in that order."""
        sure, correct = self.sure[index], self.correct[index]
        risks = [c.risk_coverage(self.scores[name][index], correct) for name in SCORES]
        return [
            float(self.nll[index].mean()),
            float(self.brier[index].mean()),
            c.ece(c.equal_width(sure, correct)),
            c.ece(c.equal_mass(sure, correct)),
            c.signed_gap(sure, correct),
            *map(c.aurc, risks),
            *map(c.e_aurc, risks),
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

    values = figures(np.arange(n))
    intervals = bootstrap(figures, n, repeats)
    measured = iter(
        _figure(value, interval.low, interval.high)
        for value, interval in zip(values.tolist(), intervals, strict=True)
    )
    metrics = {
        key: {name: _less_biased(name, next(measured)) for name in METRICS} for key in answers
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


def _less_biased(name: str, figure: Figure) -> Figure:
    """The basic bootstrap's interval for an ECE, the percentile's for all else.

    ECE adds up absolute differences, so that noise makes it larger, in a resample once more than in
    the sample: percentiles lie too high. The basic interval is them mirrored at the value (Davison
    and Hinkley, Bootstrap Methods and their Application, 1997, section 5.2). In a paired difference
    of two ECEs both parts are biased, and percentiles do.
    """
    if name not in ("ece", "ece_equal_mass"):
        return figure
    low, high = 2 * figure.value - figure.high, 2 * figure.value - figure.low
    return _figure(figure.value, max(0.0, low), min(1.0, high))


def _answers(logits: Logits, labels: Labels, temperature: float) -> Answers:
    p = c.softmax(logits, temperature)
    sure, correct = c.confidence(p, labels)
    return Answers(
        temperature=temperature,
        sure=sure,
        correct=correct,
        nll=c.nll_by_picture(logits, labels, temperature),
        brier=c.brier_by_picture(p, labels),
        scores=c.scores(logits / temperature),
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
        accuracy=_share(int(correct.sum()), len(correct)),
        class_accuracy=[_share(int(row[k]), int(row.sum())) for k, row in enumerate(confusion)],
        confusion=confusion.tolist(),
        risk=[round(float(risk), DIGITS) for risk in risks[surest]],
        **parts,
    )


def _calibration(
    logits: Logits, labels: Labels, answers: Answers, metrics: dict[str, Figure], repeats: int
) -> report.Calibration:
    table = c.equal_width(answers.sure, answers.correct)
    parts = c.brier_parts(c.softmax(logits, answers.temperature), labels)
    rights = np.rint(table.accuracy * table.count).astype(int).tolist()
    return report.Calibration(
        temperature=round(answers.temperature, DIGITS),
        metrics=metrics,
        brier=report.BrierParts(**{name: round(v, DIGITS) for name, v in vars(parts).items()}),
        ece_floor=floor(answers.sure, repeats),
        diagram=report.Diagram(
            count=table.count.tolist(),
            confidence=[round(float(v), DIGITS) for v in table.confidence],
            accuracy=list(map(_share, rights, table.count.tolist())),
        ),
    )


def floor(sure: c.Floats, repeats: int) -> Figure:
    """ECE where each answer is right with the very probability that its confidence says."""
    rng = np.random.default_rng(0)
    drawn = [c.ece(c.equal_width(sure, rng.random(len(sure)) < sure)) for _ in range(repeats)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return _figure(float(np.mean(drawn)), low, high)


def _share(successes: int, n: int) -> Figure:
    interval = wilson(successes, n)
    return _figure(successes / n, interval.low, interval.high)


def _figure(value: float, low: float, high: float) -> Figure:
    return Figure(
        value=round(value, DIGITS), low=round(float(low), DIGITS), high=round(float(high), DIGITS)
    )
