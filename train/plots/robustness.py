"""Plots of both models, and of their prediction sets, on corrupted pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contract.artifacts.report import Report
from contract.corruptions import SEVERITIES
from contract.twins import TWINS, Twin
from train.plots import style
from train.plots.style import MARKERS

_COLUMNS = 4
# The level of the prediction sets that are drawn; the report has the others too.
_LEVEL = "0.95"


def corruptions(report: Report) -> Figure:
    """Accuracy and mean confidence by severity, with one panel for each corruption."""
    return _panels(
        report,
        _accuracies,
        "As pictures get worse, do the models notice?",
        f"The first {report.corrupted_pictures:,} test pictures, at five severities of each "
        "corruption. Solid: accuracy. Dotted: mean confidence.\n"
        "Where the dotted line stays above the solid one, the model is overconfident.",
    )


def prediction_sets(report: Report) -> Figure:
    """Coverage of the 95% prediction sets by severity, with one panel for each corruption."""
    return _panels(
        report,
        _coverages,
        "Where the guarantee of prediction sets breaks",
        f"The share of the first {report.corrupted_pictures:,} test pictures whose 95% set holds "
        "the true class, at five severities of each corruption; at 0, of all test pictures as they "
        "are. Dashed: the 95% that are guaranteed for pictures like those of CIFAR-10.\n"
        "Numbers: the mean number of classes in a set at severity 5.",
    )


def _panels(
    report: Report, draw: Callable[[Axes, Report, str], None], title: str, caption: str
) -> Figure:
    """A panel for each corruption, which `draw` fills."""
    kinds = list(report.corruptions)
    rows = -(-len(kinds) // _COLUMNS)
    figure = style.figure(12, 0.6 + 3.4 * rows, title, caption)
    panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    for place, kind in enumerate(kinds):
        axis = panels[place // _COLUMNS][place % _COLUMNS]
        draw(axis, report, kind)
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


def _accuracies(axis: Axes, report: Report, kind: str) -> None:
    for twin in TWINS.values():
        measured = [behaviour[twin.name] for behaviour in report.corruptions[kind]]
        look = _look(twin)
        accuracy = [100 * (each.accuracy or 0) for each in measured]
        axis.plot(SEVERITIES, accuracy, **look, label=f"{twin.title}: accuracy")
        confidence = [100 * each.confidence for each in measured]
        axis.plot(SEVERITIES, confidence, ":", **look, label=f"{twin.title}: confidence")
    axis.set_title(kind, fontsize=12)
    axis.set(ylim=(0, 100), xticks=SEVERITIES)


def _coverages(axis: Axes, report: Report, kind: str) -> None:
    axis.axhline(100 * float(_LEVEL), color="0.4", linestyle="--", linewidth=1)
    ends = {}
    for twin in TWINS.values():
        clean = report.prediction_sets[twin.name][_LEVEL]
        damaged = [(by[twin.name].sets or {})[_LEVEL] for by in report.corruptions[kind]]
        coverage = [100 * each.coverage for each in damaged]
        look = _look(twin)
        axis.plot(
            (0, *SEVERITIES), [100 * clean.coverage.value, *coverage], **look, label=twin.title
        )
        ends[coverage[-1], twin.name] = f"{damaged[-1].size:.1f}"
    # The number of the upper line stands above the other one, even where the two lines meet.
    for place, ((height, name), size) in zip((-9, 2), sorted(ends.items()), strict=True):
        axis.annotate(
            size,
            (SEVERITIES[-1], height),
            (6, place),
            textcoords="offset points",
            fontsize=9,
            color=TWINS[name].colour,
        )
    axis.set_title(kind, fontsize=12)
    axis.set(ylim=(0, 100), xlim=(-0.2, 5.8), xticks=(0, *SEVERITIES))


def _look(twin: Twin) -> dict[str, Any]:
    return {"color": twin.colour, "marker": MARKERS[twin.marker], "markersize": 4}
