"""The plot of a sweep: each metric against ε, with intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from contract.artifacts.sweep import Row
from contract.twins import SMOOTHED
from train.plots import style
from train.sweep.summary import Mean, summarise

_RAW, _SCALED = SMOOTHED.colour, "#009E73"
_PANELS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("accuracy on new pictures, %", ("accuracy",), 100),
    ("accuracy on training pictures, %", ("train_accuracy",), 100),
    ("mean confidence minus accuracy, points", ("signed_gap",), 100),
    ("calibration error (ECE), %", ("ece", "ece_scaled"), 100),
    ("negative log-likelihood, nats", ("nll", "nll_scaled"), 1),
    ("error of ranking by confidence (AURC), %", ("aurc",), 100),
)


def draw(rows: Sequence[Row]) -> dict[str, bytes]:
    """The contents of RECIPE.png and RECIPE.svg, by file name. Raises `SweepError`."""
    means = summarise(rows)
    seeds = len({row.seed for row in rows})
    with style.in_use():
        figure = style.figure(
            12,
            7.8,
            "How much label smoothing is too much?"
            if len(means) > 2
            else "What does label smoothing change?",
            f"Recipe {rows[0].recipe}: {seeds} networks at each ε, with different random starts "
            "and orders of pictures. Dots: means on the 10,000 test pictures; bars: their 95% "
            "intervals. A star: it differs from ε = 0 (no smoothing) by more than chance explains "
            "(the paired 95% interval excludes 0).\n"
            "Green squares: after temperature scaling, one number fitted on validation pictures.",
        )
        axes = figure.subplots(2, 3, sharex=True)
        for axis, (title, metrics, scale) in zip(axes.flat, _PANELS, strict=True):
            axis.set_title(title, fontsize=11.5)
            for metric, colour, marker in zip(metrics, (_RAW, _SCALED), "os", strict=False):
                _line(axis, [by[metric] for by in means.values()], scale, colour, marker)
            axis.set_xticks(range(len(means)), [f"{epsilon:g}" for epsilon in means])
            axis.margins(x=0.12, y=0.16)
        axes[0][2].axhline(0, color="0.4", linestyle="--", linewidth=1)
        for axis in axes[1]:
            axis.set_xlabel("label smoothing ε")
        for axis in axes.flat:
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return style.files(rows[0].recipe, figure)


def _line(axis: Axes, means: list[Mean], scale: float, colour: str, marker: str) -> None:
    places = np.arange(len(means))
    value = scale * np.array([mean.value for mean in means])
    low = value - [scale * mean.interval.low for mean in means]
    high = [scale * mean.interval.high for mean in means] - value
    axis.errorbar(places, value, yerr=[low, high], color=colour, marker=marker, capsize=3)
    for place, mean, top in zip(places, means, value + high, strict=True):
        if mean.difference.decisive:
            above = (0, 2)
            axis.annotate(
                "★", (place, top), above, textcoords="offset points", ha="center", color=colour
            )
