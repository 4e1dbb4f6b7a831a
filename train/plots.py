"""The report as pictures, PNG and SVG: each to be read alone, on a slide."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from contract import calibration as c
from contract.cifar10 import CLASSES
from contract.corruptions import KINDS
from contract.manifest import NAMES
from contract.report import Report
from train import plane, slide
from train.files import write_whole
from train.slide import COLOURS, LABELS, MARKERS

_CLASS_COLOURS = ("#009E73", "#E69F00", "#56357A")

Planes = dict[tuple[str, str], plane.Projected]


def draw(
    folder: Path,
    report: Report,
    logits: dict[str, NDArray[np.float32]],
    curve_rows: str,
    planes: Planes,
) -> None:
    """Write every plot to `folder`; `planes` by model and set. Raises `OSError`."""
    with slide.style():
        figures = {
            "reliability": reliability(report),
            "confidence": confidence(logits),
            "risk_coverage": risk_coverage(report),
            "corruptions": corruptions(report),
            "plane": penultimate(planes),
            "curves": curves(curve_rows),
        }
        for name, figure in figures.items():
            for file, content in slide.files(name, figure).items():
                write_whole(folder / file, content)


def reliability(report: Report) -> Figure:
    split = report.splits["test"]
    figure = slide.figure(
        10,
        9.4,
        "When a model says 80%, is it right 80% of the time?",
        f"{split.pictures:,} test pictures, grouped by how sure the model was. On the dashed line "
        "the answer is yes; below it the model is too sure, above it not sure enough.\n"
        "Bars: 95% intervals. Numbers: pictures in the group. Lower row: after temperature scaling "
        "(T fitted on validation pictures).",
    )
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, kind in enumerate(("raw", "scaled")):
        for column, name in enumerate(NAMES):
            at = getattr(split.models[name], kind)
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
                color=COLOURS[name],
                marker=MARKERS[name],
                linewidth=1.5,
                capsize=3,
            )
            before = -1.0
            for x, y, n in zip(diagram.confidence, value, diagram.count, strict=True):
                # Where two groups stand close together, the second's number goes above it.
                place = (4, -13) if x - before > 0.045 else (-4, 6)
                axis.annotate(
                    f"{n:,}", (x, y), place, textcoords="offset points", fontsize=7.5, color="0.3"
                )
                before = x
            ece = at.metrics["ece"].value
            title = f"{LABELS[name]}, T = {at.temperature:.2f}: ECE {ece:.1%}"
            axis.set_title(title, color=COLOURS[name], fontsize=12)
            axis.set(xlim=(0, 1.02), ylim=(0, 1.05))
    for axis in axes[1]:
        axis.set_xlabel("how sure the model was (mean confidence)")
    for axis in axes[:, 0]:
        axis.set_ylabel("how often it was right")
    return figure


def confidence(logits: dict[str, NDArray[np.float32]]) -> Figure:
    labels = logits["test_labels"].astype(np.int64)
    figure = slide.figure(
        10,
        5,
        "How sure do the two models sound?",
        f"{len(labels):,} test pictures by the confidence of each model's answer (logarithmic "
        "count). Grey: the answers that were wrong.",
    )
    axes = figure.subplots(1, 2, sharey=True)
    edges = np.linspace(0, 1, 41)
    for axis, name in zip(axes, NAMES, strict=True):
        sure, correct = c.confidence(c.softmax(logits[f"test_{name}"]), labels)
        axis.hist(sure, edges, color=COLOURS[name], alpha=0.85)
        axis.hist(sure[~correct], edges, color="0.25", alpha=0.8)
        title = f"{LABELS[name]}: {sure.mean():.1%} sure on average, {correct.mean():.1%} right"
        axis.set_title(title, color=COLOURS[name], fontsize=12)
        axis.set(yscale="log", xlabel="confidence", xlim=(0, 1))
    axes[0].set_ylabel("pictures")
    return figure


def risk_coverage(report: Report) -> Figure:
    figure = slide.figure(
        8,
        5.6,
        "If a model may stay silent when unsure, how often is it wrong?",
        "Answering only the surest share of the test pictures (left) leaves fewer errors than "
        "answering all (right). The lower a curve, the better that model's confidence "
        "tells its right answers from its wrong ones.",
    )
    axis = figure.subplots()
    for name in NAMES:
        risk = 100 * np.array(report.splits["test"].models[name].risk)
        axis.plot(range(1, 101), risk, color=COLOURS[name], linewidth=2, label=LABELS[name])
    axis.set(
        xlabel="answered: the surest x% of pictures", ylabel="wrong among them, %", xlim=(0, 100)
    )
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    return figure


def corruptions(report: Report) -> Figure:
    figure = slide.figure(
        12,
        7.4,
        "As pictures get worse, do the models notice?",
        f"The first {report.corrupted_pictures:,} test pictures, at five severities of each "
        "corruption. Solid: how often right. Dotted: how sure on average.\n"
        "Where the dotted line stays above the solid one, a model does not notice how wrong it is.",
    )
    axes = figure.subplots(2, 4, sharex=True, sharey=True)
    for axis, kind in zip(axes.flat, KINDS, strict=True):
        for name in NAMES:
            found = [behaviour[name] for behaviour in report.corruptions[kind]]
            style = {"color": COLOURS[name], "marker": MARKERS[name], "markersize": 4}
            right = [100 * (b.accuracy or 0) for b in found]
            axis.plot(range(1, 6), right, **style, label=f"{LABELS[name]}: right")
            sure = [100 * b.confidence for b in found]
            axis.plot(range(1, 6), sure, ":", **style, label=f"{LABELS[name]}: sure")
        axis.set_title(kind, fontsize=12)
        axis.set(ylim=(0, 100), xticks=range(1, 6))
    for axis in axes[1]:
        axis.set_xlabel("severity")
    for axis in axes[:, 0]:
        axis.set_ylabel("%")
    axes[0][2].legend(frameon=False, fontsize=9, loc="lower left")
    return figure


def penultimate(planes: Planes) -> Figure:
    names = ", ".join(CLASSES[k] for k in plane.CLASSES)
    figure = slide.figure(
        10,
        9.4,
        "How tightly does each model draw a class together?",
        f"{plane.EACH} pictures each of {names}, seen through the last layer but one, on the plane "
        "of these three classes (Müller et al. 2019).\nTight, well separated groups: the model "
        "treats all pictures of a class alike.",
    )
    axes = figure.subplots(2, 2)
    for row, name in enumerate(NAMES):
        for column, part in enumerate(("train", "test")):
            found = planes[name, part]
            axis: Axes = axes[row][column]
            for colour, k in zip(_CLASS_COLOURS, plane.CLASSES, strict=True):
                x, y = found.places[found.labels == k].T
                axis.scatter(x, y, s=9, alpha=0.6, color=colour, label=CLASSES[k])
            axis.set_title(f"{LABELS[name]}, {part} pictures", color=COLOURS[name], fontsize=12)
            axis.set(xticklabels=[], yticklabels=[], aspect="equal", adjustable="datalim")
    axes[0][0].legend(frameon=False, markerscale=2)
    return figure


def curves(rows: str) -> Figure:
    table = list(csv.DictReader(io.StringIO(rows)))
    figure = slide.figure(
        10,
        5,
        "How the two models learnt",
        "Left: the training loss. That of label smoothing stays higher: its targets are never "
        "certain, so it cannot reach zero.\nRight: share of unseen validation pictures named "
        "rightly, after each epoch.",
    )
    left, right = figure.subplots(1, 2)
    for name in NAMES:
        mine = [row for row in table if row["model"] == name]
        epochs = [int(row["epoch"]) for row in mine]
        style = {"color": COLOURS[name], "linewidth": 2, "label": LABELS[name]}
        left.plot(epochs, [float(row["train_loss"]) for row in mine], **style)
        right.plot(epochs, [100 * float(row["validation_accuracy"]) for row in mine], **style)
    left.set(xlabel="epoch", ylabel="training loss, nats")
    left.set_ylim(bottom=0)
    right.set(xlabel="epoch", ylabel="validation accuracy, %")
    for axis in (left, right):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(frameon=False)
    return figure
