"""Plots of how the two models trained, and of the features that they learned."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from contract.cifar10 import CLASSES
from contract.twins import TWINS
from train.evaluation import penultimate
from train.plots import style

_CLASS_COLOURS = ("#009E73", "#E69F00", "#56357A")


def penultimate_plane(planes: Mapping[tuple[str, str], penultimate.Projected]) -> Figure:
    """The features of three classes, projected onto the plane of their weights.

    `planes` are by model and by part of CIFAR-10, `train` or `test`.
    """
    names = ", ".join(CLASSES[k] for k in penultimate.CLASSES)
    figure = style.figure(
        10,
        9.4,
        "How tightly does each model cluster a class?",
        f"Penultimate-layer features of {penultimate.EACH} pictures each of {names}, projected on "
        "the plane through these three classes (Müller et al. 2019).\nTight, well separated "
        "clusters: the model treats all pictures of a class alike.",
    )
    axes = figure.subplots(2, 2)
    for row, twin in enumerate(TWINS.values()):
        for column, part in enumerate(("train", "test")):
            found = planes[twin.name, part]
            axis: Axes = axes[row][column]
            for colour, k in zip(_CLASS_COLOURS, penultimate.CLASSES, strict=True):
                x, y = found.places[found.labels == k].T
                axis.scatter(x, y, s=9, alpha=0.6, color=colour, label=CLASSES[k])
            axis.set_title(f"{twin.title}, {part} pictures", color=twin.colour, fontsize=12)
            axis.set(xticklabels=[], yticklabels=[], aspect="equal", adjustable="datalim")
    axes[0][0].legend(frameon=False, markerscale=2)
    return figure


def curves(rows: str) -> Figure:
    """Training loss and validation accuracy by epoch; `rows` is CSV of `train.fitting.curves`."""
    table = list(csv.DictReader(io.StringIO(rows)))
    figure = style.figure(
        10,
        5,
        "How the two models trained",
        "Left: training loss. With label smoothing it stays higher, because the targets are never "
        "certain and it cannot reach zero.\nRight: accuracy on validation pictures after each "
        "epoch.",
    )
    left, right = figure.subplots(1, 2)
    for twin in TWINS.values():
        mine = [row for row in table if row["model"] == twin.name]
        epochs = [int(row["epoch"]) for row in mine]
        look = {"color": twin.colour, "linewidth": 2, "label": twin.title}
        left.plot(epochs, [float(row["train_loss"]) for row in mine], **look)
        right.plot(epochs, [100 * float(row["validation_accuracy"]) for row in mine], **look)
    left.set(xlabel="epoch", ylabel="training loss, nats")
    left.set_ylim(bottom=0)
    right.set(xlabel="epoch", ylabel="validation accuracy, %")
    for axis in (left, right):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(frameon=False)
    return figure
