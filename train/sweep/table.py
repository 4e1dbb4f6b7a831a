"""The table of a sweep, for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from train.sweep.summary import Mean, Summary


@dataclass(frozen=True)
class Column:
    """A column of the table: one metric of `contract.artifacts.sweep.METRICS`."""

    title: str
    metric: str
    share: bool
    """Whether the metric is a share, which is shown in percent."""


COLUMNS = (
    Column("test accuracy", "accuracy", True),
    Column("training accuracy", "train_accuracy", True),
    Column("training loss", "train_loss", False),
    Column("NLL", "nll", False),
    Column("NLL at T", "nll_scaled", False),
    Column("ECE", "ece", True),
    Column("ECE at T", "ece_scaled", True),
    Column("fitted T", "temperature", False),
    Column("AURC", "aurc", True),
)
HEADER = ("ε", *(column.title for column in COLUMNS))
STAR = "★"
"""The mark after a figure that differs decisively from that at ε = 0, tested by itself."""


def cells(summary: Summary) -> list[list[str]]:
    """The rows of the table, one for each ε: means, with half the width of their 95% intervals."""
    return [
        [f"{epsilon:g}", *(_cell(by, column) for column in COLUMNS)]
        for epsilon, by in summary.items()
    ]


def seeds(summary: Summary) -> int:
    """The number of seeds in a summary."""
    return next(iter(next(iter(summary.values())).values())).seeds


def _cell(by: Mapping[str, Mean], column: Column) -> str:
    mean = by[column.metric]
    scale, digits, unit = (100, 2, "%") if column.share else (1, 3, "")
    half = scale * (mean.interval.high - mean.interval.low) / 2
    star = f" {STAR}" if mean.difference.decisive else ""
    return f"{scale * mean.value:.{digits}f}{unit} ± {half:.{digits}f}{star}"
