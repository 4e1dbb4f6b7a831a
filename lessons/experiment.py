"""The CIFAR-10 experiment of many tutorials: a small network, hard labels against ε = 0.1.

Only the loss differs between the twins. Runs go through `train.sweep`: killed and started again,
they go on, and those that are there are not trained again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from contract import manifest
from contract.smoothing import loss_floor
from contract.sweep import FOLDER, Row, summary
from lessons.table import claims, table
from train import data, platform, run, sweep
from train.errors import TrainError
from train.recipe import RECIPES

EPSILON = 0.1
RECIPE = RECIPES["classic"]
# What is claimed of the twins, hard and smoothed, by metric of `contract.sweep.Row`.
CLAIMED: dict[str, tuple[str, float, float]] = {
    "train_accuracy": ("accuracy on training pictures", 0.95, 0.90),
    "accuracy": ("accuracy on unseen pictures", 0.80, 0.87),
    "train_loss": ("training loss", 0.15, 0.30),
    "nll": ("loss on unseen pictures", 0.60, 0.45),
}


def text(rows: Sequence[Row]) -> str:
    """What was measured: a row a network, then claim against measurement."""
    means = summary(rows)
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
    for column, name in ((0, "hard"), (1, "smoothed")):
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
            "above 85% unseen, below 92% training, by the loss alone",
            "yes",
            "yes" if holds else "no",
        )
    )
    published = manifest.read(run.PUBLISHED).models
    reached = " and ".join(f"{published[name].test_accuracy:.1%}" for name in manifest.NAMES)
    return (
        f"{table(header, each)}\n\n{claims(compared)}\n\n"
        f"± is half of a 95% interval over {smoothed['accuracy'].seeds} seeds; unseen pictures are "
        f"the test set. A training loss of 0.30 at ε = 0.1 is out of reach for any network: its "
        f"floor is {loss_floor(EPSILON, 10):.3f}. More than 85% on unseen pictures takes a better "
        f"network and more training, not another loss: the published pair has {reached}.\n"
    )


def main(arguments: Sequence[str] = ()) -> None:
    """Train what is missing, and print."""
    parser = argparse.ArgumentParser(prog="python -m lessons experiment", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="two or more")
    parser.add_argument("--data-dir", type=Path, help="as for training")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where finished runs lie")
    parser.add_argument("--publish", action="store_true", help="write to exported_models/sweep")
    options = parser.parse_args(arguments)
    if options.seeds < 2:
        parser.error(f"--seeds {options.seeds}: two or more are needed for error bars")
    try:
        cifar10 = data.load(data.data_folder(options.data_dir))
        rows = sweep.sweep(
            sweep.plan((0.0, EPSILON), options.seeds, noisy_epsilons=()),
            RECIPE,
            cifar10,
            platform.choose("auto", "auto"),
            run.sweep_folder(options.runs, RECIPE),
        )
        if options.publish:
            out = run.destination(None, "a sample of CIFAR-10", cifar10.official)
            sweep.publish(rows, out / FOLDER)
    except TrainError as error:
        parser.exit(1, f"lessons: {error}\n")
    print(f"\n{text(rows)}")
