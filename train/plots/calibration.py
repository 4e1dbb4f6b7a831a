"""Plots of both models' calibration on the test pictures."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from contract import calibration as c
from contract.artifacts.report import Report
from contract.twins import TWINS
from train.plots import style
from train.plots.style import MARKERS


def reliability(report: Report) -> Figure:
    """Reliability diagrams of both models, before and after temperature scaling."""
    split = report.splits["test"]
    figure = style.figure(
        10,
        9.4,
        "When a model says 80%, is it right 80% of the time?",
        f"{split.pictures:,} test pictures, grouped by the model's confidence. Points on the "
        "dashed line are perfectly calibrated. Below it the model is overconfident, above it "
        "underconfident.\n"
        "Bars: 95% intervals. Numbers: pictures in the group. ECE in bins of equal mass, and in "
        "brackets in the drawn bins of equal width. Lower row: after temperature scaling (T was "
        "fitted on validation pictures).",
    )
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, kind in enumerate(("raw", "scaled")):
        for column, twin in enumerate(TWINS.values()):
            at = getattr(split.models[twin.name], kind)
            axis: Axes = axes[row][column]
            diagram = at.diagram
            value = np.array([share.value for share in diagram.accuracy])
            low = value - [share.low for share in diagram.accuracy]
            high = np.array([share.high for share in diagram.accuracy]) - value
            axis.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1)
            axis.errorbar(
                diagram.confidence,
                value,
                yerr=np.clip([low, high], 0, None),
                color=twin.colour,
                marker=MARKERS[twin.marker],
                linewidth=1.5,
                capsize=3,
            )
            before = -1.0
            for x, y, n in zip(diagram.confidence, value, diagram.count, strict=True):
                # If two groups are close together, the number of the second goes above its point.
                place = (4, -13) if x - before > 0.045 else (-4, 6)
                axis.annotate(
                    f"{n:,}", (x, y), place, textcoords="offset points", fontsize=7.5, color="0.3"
                )
                before = x
            mass, width = (at.metrics[name].value for name in ("ece_equal_mass", "ece"))
            title = f"{twin.title}, T = {at.temperature:.2f}: ECE {mass:.1%} ({width:.1%})"
            axis.set_title(title, color=twin.colour, fontsize=12)
            axis.set(xlim=(0, 1.02), ylim=(0, 1.05))
    for axis in axes[1]:
        axis.set_xlabel("mean confidence")
    for axis in axes[:, 0]:
        axis.set_ylabel("accuracy")
    return figure


def confidence(logits: dict[str, NDArray[np.float32]]) -> Figure:
    """Histograms of both models' confidences, with the wrong answers marked.

    `logits` are the arrays stored beside the report.
    """
    labels = logits["test_labels"].astype(np.int64)
    figure = style.figure(
        10,
        5,
        "How sure do the two models sound?",
        f"{len(labels):,} test pictures by the confidence of each model's answer (logarithmic "
        "count). Grey: wrong answers.",
    )
    axes = figure.subplots(1, 2, sharey=True)
    edges = np.linspace(0, 1, 41)
    for axis, twin in zip(axes, TWINS.values(), strict=True):
        sure, correct = c.confidence(c.softmax(logits[f"test_{twin.name}"]), labels)
        axis.hist(sure, edges, color=twin.colour, alpha=0.85)
        axis.hist(sure[~correct], edges, color="0.25", alpha=0.8)
        title = f"{twin.title}: {sure.mean():.1%} sure on average, {correct.mean():.1%} right"
        axis.set_title(title, color=twin.colour, fontsize=12)
        axis.set(yscale="log", xlabel="confidence", xlim=(0, 1))
    axes[0].set_ylabel("pictures")
    return figure


def risk_coverage(report: Report) -> Figure:
    """The error rate of both models when they abstain on the pictures they are least sure of."""
    figure = style.figure(
        8,
        5.6,
        "If a model may abstain when it is unsure, how often is it wrong?",
        "Answering only the pictures it is surest of (left) leaves a lower error rate than "
        "answering all of them (right). The lower a curve, the better that model's confidence "
        "separates its right answers from its wrong ones.",
    )
    axis = figure.subplots()
    for twin in TWINS.values():
        risk = 100 * np.array(report.splits["test"].models[twin.name].risk)
        axis.plot(range(1, 101), risk, color=twin.colour, linewidth=2, label=twin.title)
    axis.set(xlabel="coverage: share of pictures answered, %", ylabel="error rate, %")
    axis.set_xlim(0, 100)
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    return figure
