"""The CIFAR-10 experiment of many tutorials: a small network, hard labels against ε = 0.1.

The two models differ only in their loss. The networks were trained by
`python -m train sweep --recipe classic --epsilons 0.1 --no-label-noise`. This lesson reads the
results.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from contract.artifacts import manifest
from contract.artifacts.sweep import FOLDER, Row, SweepError, read_rows
from contract.console import table
from contract.smoothing import loss_floor
from contract.twins import NAMES
from lessons.table import claims
from train.sweep.summary import summarise

MODELS = Path(__file__).resolve().parent.parent / "exported_models"
RECIPE = "classic"
EPSILON = 0.1
# The claimed figures of the two models, hard and smoothed, by metric of a sweep.
CLAIMED: dict[str, tuple[str, float, float]] = {
    "train_accuracy": ("accuracy on training pictures", 0.95, 0.90),
    "accuracy": ("accuracy on unseen pictures", 0.80, 0.87),
    "train_loss": ("training loss", 0.15, 0.30),
    "nll": ("loss on unseen pictures", 0.60, 0.45),
}


def text(rows: Sequence[Row]) -> str:
    """The text of the lesson: a row for each network, then claims beside measurements."""
    means = summarise(rows)
    each = [
        (
            f"seed {row.seed}, ε = {row.epsilon:g}",
            f"{row.train_accuracy:.2%}",
            f"{row.accuracy:.2%}",
            f"{row.train_loss:.3f}",
            f"{row.nll:.3f}",
            f"{row.ece:.3f}",
            f"{row.signed_gap:+.3f}",
        )
        for row in rows
    ]
    header = ("", "training", "unseen", "training loss", "NLL", "ECE", "confidence - accuracy")
    compared = []
    for column, name in enumerate(NAMES):
        for metric, (what, *claimed) in CLAIMED.items():
            mean = means[EPSILON if column else 0.0][metric]
            half = (mean.interval.high - mean.interval.low) / 2
            shown = ".1%" if "accuracy" in metric else ".3f"
            compared.append(
                (
                    f"{name}: {what}",
                    format(claimed[column], shown),
                    f"{format(mean.value, shown)} ± {format(half, shown)}",
                )
            )
    smoothed = means[EPSILON]
    holds = smoothed["accuracy"].value > 0.85 and smoothed["train_accuracy"].value < 0.92
    compared.append(
        (
            "above 85% unseen, below 92% training, from the loss alone",
            "yes",
            "yes" if holds else "no",
        )
    )
    published = manifest.read(MODELS).models
    reached = " and ".join(f"{published[name].test_accuracy:.1%}" for name in NAMES)
    return (
        f"{table(header, each)}\n\n{claims(compared)}\n\n"
        f"± is half of a 95% interval over {smoothed['accuracy'].seeds} seeds. Unseen pictures are "
        "the test set.\nNo network can reach a training loss of 0.30 at ε = 0.1: the smallest "
        f"possible loss is {loss_floor(EPSILON, 10):.3f}.\nAn accuracy above 85% on unseen "
        "pictures takes a better network and more training, not another loss:\n"
        f"the published pair reaches {reached}.\n"
    )


def main() -> None:
    """Print the results of the published runs of this experiment."""
    path = MODELS / FOLDER / f"{RECIPE}.csv"
    try:
        print(text(read_rows(path)))
    except (SweepError, manifest.ManifestError) as error:
        sys.exit(
            f"lessons: {error}; make the table with `python -m train sweep --recipe {RECIPE} "
            f"--epsilons {EPSILON:g} --no-label-noise`"
        )
