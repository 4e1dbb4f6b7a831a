"""Plots of both models on corrupted pictures."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contract.artifacts.report import Report
from contract.corruptions import SEVERITIES
from contract.twins import TWINS
from train.plots import style
from train.plots.style import MARKERS

_COLUMNS = 4


def corruptions(report: Report) -> Figure:
    """Accuracy and mean confidence by severity, with one panel for each corruption."""
    kinds = list(report.corruptions)
    rows = -(-len(kinds) // _COLUMNS)
    figure = style.figure(
        12,
        0.6 + 3.4 * rows,
        "As pictures get worse, do the models notice?",
        f"The first {report.corrupted_pictures:,} test pictures, at five severities of each "
        "corruption. Solid: accuracy. Dotted: mean confidence.\n"
        "Where the dotted line stays above the solid one, the model is overconfident.",
    )
    panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    for place, kind in enumerate(kinds):
        axis = panels[place // _COLUMNS][place % _COLUMNS]
        _panel(axis, report, kind)
        if place + _COLUMNS >= len(kinds):  # no panel is below it
            axis.set_xlabel("severity")
            axis.tick_params(labelbottom=True)
    for place in range(len(kinds), rows * _COLUMNS):
        panels[place // _COLUMNS][place % _COLUMNS].set_axis_off()
    for axis in panels[:, 0]:
        axis.set_ylabel("%")
    # The third panel shows a mild corruption, so its lower half is empty.
    panels[0][min(2, len(kinds) - 1)].legend(frameon=False, fontsize=9, loc="lower left")
    return figure


def _panel(axis: Axes, report: Report, kind: str) -> None:
    for twin in TWINS.values():
        measured = [behaviour[twin.name] for behaviour in report.corruptions[kind]]
        look: dict[str, Any] = {
            "color": twin.colour,
            "marker": MARKERS[twin.marker],
            "markersize": 4,
        }
        accuracy = [100 * (each.accuracy or 0) for each in measured]
        axis.plot(SEVERITIES, accuracy, **look, label=f"{twin.title}: accuracy")
        confidence = [100 * each.confidence for each in measured]
        axis.plot(SEVERITIES, confidence, ":", **look, label=f"{twin.title}: confidence")
    axis.set_title(kind, fontsize=12)
    axis.set(ylim=(0, 100), xticks=SEVERITIES)
