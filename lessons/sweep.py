"""The effect of other ε: the results of the published sweeps, and where underfitting starts.

Nothing is trained here, because `python -m train sweep` takes hours.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from contract.artifacts.sweep import FOLDER, Row, SweepError, read
from contract.console import table
from lessons.table import claims
from train.sweep.summary import Summary, summarise
from train.sweep.table import HEADER, STAR, cells, seeds

MODELS = Path(__file__).resolve().parent.parent / "exported_models"


def falls_from(summary: Summary, *metrics: str) -> float | None:
    """The smallest ε that lowers every one of `metrics` decisively, or None."""
    for epsilon, by in summary.items():
        differences = [by[metric].difference for metric in metrics]
        if all(difference.decisive and difference.value < 0 for difference in differences):
            return epsilon
    return None


def underfits_from(summary: Summary) -> float | None:
    """The smallest ε that lowers both training and test accuracy decisively, or None."""
    return falls_from(summary, "train_accuracy", "accuracy")


def _measured(summary: Summary) -> str:
    first = underfits_from(summary)
    if first is not None:
        return f"it starts at ε = {first:g}"
    parts = []
    for what, metric in (("training", "train_accuracy"), ("test", "accuracy")):
        start = falls_from(summary, metric)
        parts.append(f"{what} accuracy " + ("nowhere" if start is None else f"from ε = {start:g}"))
    return "decisively lower: " + ", ".join(parts)


def text(recipe: str, rows: Sequence[Row]) -> str:
    """The table of one recipe's sweep, and the ε from which it underfits."""
    summary = summarise(rows)
    return (
        f"{recipe}: means over {seeds(summary)} seeds, ± half of their 95% intervals. {STAR}: "
        "differs decisively from ε = 0\n"
        f"{table(HEADER, cells(summary))}\n\n"
        f"{claims([('too much smoothing underfits', 'yes', _measured(summary))])}\n"
    )


def main() -> None:
    """Print each published sweep, and report those that cannot be read."""
    sweeps = read(MODELS)
    for problem in sweeps.problems:
        print(f"lessons: {problem}", file=sys.stderr)
    if not sweeps.by_recipe:
        sys.exit(f"lessons: {MODELS / FOLDER} has no sweep; make one with `python -m train sweep`")
    for recipe, rows in sweeps.by_recipe.items():
        try:
            print(text(recipe, rows))
        except SweepError as error:
            print(f"lessons: the sweep of {recipe} is not shown: {error}", file=sys.stderr)
