"""Other ε: what the committed sweeps found, and where underfitting starts.

Nothing is trained here: `python -m train sweep` takes hours.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contract.sweep import FOLDER, Mean, Row, read, summary
from lessons.table import claims, table

MODELS = Path(__file__).resolve().parent.parent / "exported_models"
COLUMNS = (
    ("training accuracy", "train_accuracy", True),
    ("test accuracy", "accuracy", True),
    ("training loss", "train_loss", False),
    ("NLL", "nll", False),
    ("ECE", "ece", True),
    ("ECE at T", "ece_scaled", True),
    ("fitted T", "temperature", False),
)


def falls_from(means: Mapping[float, Mapping[str, Mean]], *metrics: str) -> float | None:
    """The least ε that lowers every one of `metrics` decisively; None for none."""
    for epsilon, by in means.items():
        if all(by[metric].decisive and by[metric].difference < 0 for metric in metrics):
            return epsilon
    return None


def underfits_from(means: Mapping[float, Mapping[str, Mean]]) -> float | None:
    """The least ε that loses both training and test accuracy, each decisively; None for none."""
    return falls_from(means, "train_accuracy", "accuracy")


def _measured(means: Mapping[float, Mapping[str, Mean]]) -> str:
    first = underfits_from(means)
    if first is not None:
        return f"it starts at ε = {first:g}"
    parts = []
    for what, metric in (("training", "train_accuracy"), ("test", "accuracy")):
        start = falls_from(means, metric)
        parts.append(f"{what} accuracy " + ("nowhere" if start is None else f"from ε = {start:g}"))
    return "decisively lower: " + ", ".join(parts)


def text(recipe: str, rows: Sequence[Row]) -> str:
    """The table of one recipe's sweep, and what it says of too much smoothing."""
    means = summary(rows)
    lines = [
        (f"{epsilon:g}", *(_cell(by[metric], share) for _, metric, share in COLUMNS))
        for epsilon, by in means.items()
    ]
    seeds = means[0.0]["accuracy"].seeds
    return (
        f"{recipe}: means of {seeds} seeds; * differs from ε = 0 decisively (paired 95% interval)\n"
        f"{table(('ε', *(title for title, _, _ in COLUMNS)), lines)}\n\n"
        f"{claims([('too much smoothing underfits', 'yes', _measured(means))])}\n"
    )


def _cell(mean: Mean, share: bool) -> str:
    value = f"{mean.value:.2%}" if share else f"{mean.value:.3f}"
    return value + ("*" if mean.decisive else " ")


def main() -> None:
    sweeps = read(MODELS)
    if not sweeps:
        sys.exit(
            f"lessons: there is no sweep in {MODELS / FOLDER}; `python -m train sweep` makes it"
        )
    for recipe, rows in sweeps.items():
        print(text(recipe, rows))
