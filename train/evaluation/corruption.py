"""How both models behave on corrupted pictures: by kind and severity, and over groups of kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract import calibration as c
from contract import corruptions
from contract.artifacts import report
from contract.artifacts.report import PRIMARY
from contract.calibration.resampling import bootstrap_p, percentile_intervals, resample
from contract.twins import NAMES
from train.evaluation import measures, prediction_sets
from train.evaluation.measures import Labels, Logits
from train.export import published

Cells = dict[tuple[str, int], dict[str, Logits]]
"""The logits `[n, 10]` by kind and severity, and then by model."""
KINDS = ("raw", "scaled")
METRICS = ("accuracy", *PRIMARY, "ece", "signed_gap")


def seen_in_training(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of corruption that training pictures had too, by the `recipe` of a manifest."""
    augmentation = recipe.get("augmentation") or {}
    distortion = augmentation.get("distortion") or {}
    contrast = tuple(distortion.get("contrast", (1, 1)))
    strength = {
        "noise": distortion.get("noise"),
        "blur": distortion.get("blur"),
        "brightness": distortion.get("brightness"),
        "contrast": contrast != (1, 1),
        "occlusion": augmentation.get("cutout"),
    }
    return tuple(kind for kind in corruptions.KINDS if strength.get(kind))


def run(files: dict[str, bytes], images: corruptions.Pictures) -> Cells:
    """The logits of both models for `images` `[n, 32, 32, 3]` in every kind and severity."""
    return {
        (kind, severity): {
            name: published.run_onnx(content, changed)[0] for name, content in files.items()
        }
        for kind in corruptions.KINDS
        for severity in corruptions.SEVERITIES
        for changed in [corruptions.corrupt(images, kind, severity)]
    }


def by_severity(
    cells: Cells, labels: Labels, thresholds: dict[str, prediction_sets.Thresholds]
) -> dict[str, list[dict[str, report.Behaviour]]]:
    """For each kind, the behaviour of each model at severities 1 to 5."""
    return {
        kind: [
            {
                name: _behaviour(logits, labels, thresholds[name])
                for name, logits in cells[kind, severity].items()
            }
            for severity in corruptions.SEVERITIES
        ]
        for kind in corruptions.KINDS
    }


def _behaviour(
    logits: Logits, labels: Labels, thresholds: prediction_sets.Thresholds
) -> report.Behaviour:
    sure, correct = c.confidence(c.softmax(logits), labels)
    return report.Behaviour(
        confidence=measures.rounded(sure.mean()),
        accuracy=measures.rounded(correct.mean()),
        ece=measures.rounded(c.ece(c.equal_width(sure, correct))),
        sets=prediction_sets.on_corrupted(thresholds, logits, labels),
    )


def by_group(
    cells: Cells,
    labels: Labels,
    temperatures: dict[str, float],
    seen: tuple[str, ...],
    repeats: int,
) -> dict[str, report.CorruptionGroup]:
    """The means over all kinds, over those of `seen`, and over the others; severities count alike.

    A group without kinds is left out. Intervals are over the pictures, each of which is drawn with
    all of its corruptions, in `repeats` bootstrap samples.
    """
    groups = {
        "all": tuple(corruptions.KINDS),
        "seen": seen,
        "new": tuple(kind for kind in corruptions.KINDS if kind not in seen),
    }
    groups = {name: kinds for name, kinds in groups.items() if kinds}
    answers = [
        [_Answers(logits[name], labels, t) for name in NAMES for t in (1.0, temperatures[name])]
        for logits in cells.values()
    ]
    masks = np.array([[kind in kinds for kind, _ in cells] for kinds in groups.values()], float)
    shares = masks / masks.sum(axis=1, keepdims=True)

    def figures(index: NDArray[np.int64]) -> c.Floats:
        """`[groups, models or difference, raw or scaled, metrics]`, in one row."""
        each = np.array([[a.metrics(index) for a in cell] for cell in answers])
        means = (shares @ each.reshape(len(answers), -1)).reshape(len(groups), len(NAMES), -1)
        return np.concatenate([means, means[:, :1] - means[:, 1:]], axis=1).ravel()

    values = figures(np.arange(len(labels)))
    drawn = resample(figures, len(labels), repeats)
    rows = zip(values, percentile_intervals(drawn), bootstrap_p(drawn), strict=True)
    measured = iter(measures.difference(value, interval, p) for value, interval, p in rows)
    found = {}
    for group, kinds in groups.items():
        by_model = {name: {at: _take(measured) for at in KINDS} for name in NAMES}
        paired = {f"{at}.{metric}": d for at in KINDS for metric, d in _take(measured).items()}
        found[group] = report.CorruptionGroup(
            kinds=list(kinds),
            models={
                name: {
                    at: {m: measures.interval_of(m, value) for m, value in metrics.items()}
                    for at, metrics in by_kind.items()
                }
                for name, by_kind in by_model.items()
            },
            differences=paired,
        )
    return found


def _take(measured: Iterator[report.Difference]) -> dict[str, report.Difference]:
    return {metric: next(measured) for metric in METRICS}


class _Answers:
    """A model's answers to one kind of corrupted pictures at one severity and temperature."""

    def __init__(self, logits: Logits, labels: Labels, temperature: float) -> None:
        self.sure, self.correct = c.confidence(c.softmax(logits, temperature), labels)
        self.nll = c.nll_by_picture(logits, labels, temperature)

    def metrics(self, index: NDArray[np.int64]) -> list[float]:
        """The values of `METRICS`, in that order, on the pictures at `index`."""
        sure, correct = self.sure[index], self.correct[index]
        gap = c.signed_gap(sure, correct)
        return [
            float(correct.mean()),
            c.ece(c.equal_mass(sure, correct)),
            abs(gap),
            float(self.nll[index].mean()),
            c.ece(c.equal_width(sure, correct)),
            gap,
        ]
