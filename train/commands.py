"""What each command of `python -m train` does."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.artifacts import report
from contract.artifacts import sweep as table
from contract.artifacts.manifest import INT8
from contract.twins import HARD, SMOOTHED
from train.data import dataset, release
from train.errors import TrainError
from train.export.published import PUBLISHED
from train.files import write_whole, writing
from train.fitting import checkpoint, curves, hardware
from train.fitting.loop import Trainer
from train.fitting.progress import ProgressBar
from train.recipe import RECIPES
from train.sweep import training as sweeps


@dataclass(frozen=True)
class Options:
    """The options of the command line."""

    recipe: str
    seed: int
    epsilon: float
    data_dir: Path | None
    runs: Path
    out: Path | None
    device: str
    precision: str


@dataclass(frozen=True)
class SweepOptions:
    """The options of the command line of `sweep`."""

    recipe: str | None
    """The name of the recipe. None means `default` on a GPU and `small` on a CPU."""
    data_dir: Path | None
    runs: Path
    out: Path | None
    device: str
    precision: str
    epsilons: tuple[float, ...] = sweeps.EPSILONS
    seeds: int = sweeps.SEEDS
    label_noise: bool = True
    """Whether some networks are also trained with a share of the labels moved."""


def train(options: Options) -> None:
    """Train both models, or resume a run that was interrupted, and publish them.

    Raises `TrainError` for what the user can correct, before training starts if possible.
    """
    recipe = RECIPES[options.recipe]
    cifar10 = dataset.load(release.data_folder(options.data_dir))
    publishable = options.recipe == "default" and cifar10.official
    out = destination(
        options.out,
        f"recipe {options.recipe}" if cifar10.official else "a sample of CIFAR-10",
        publishable,
    )
    where = hardware.choose(options.device, options.precision)
    trainer = Trainer(
        recipe,
        cifar10,
        options.seed,
        {HARD.name: HARD.epsilon, SMOOTHED.name: options.epsilon},
        where,
    )
    identity: dict[str, Any] = {
        "recipe": recipe.as_dict(),
        "seed": options.seed,
        "epsilon": options.epsilon,
        "data": cifar10.sha256,
        "device": where.device.type,
        "precision": str(where.dtype).removeprefix("torch."),
    }
    folder = options.runs / f"{recipe.name}-{options.seed}"
    if checkpoint.restore(folder, trainer, identity):
        print(f"{folder}: resuming after epoch {len(trainer.history)} of {recipe.epochs}")
    print(f"{recipe.name}, seed {options.seed}, on {where.name}, {identity['precision']}")
    _fit(trainer, folder, identity, len(cifar10.train))

    from train.export import publish  # here, because onnx is slow to load and not needed until now

    publish.publish(trainer, cifar10, out, commit=commit())


def evaluate(data_dir: Path | None, models: Path | None) -> None:
    """Measure the pair in `models` (by default the published one) on all of CIFAR-10.

    Raises `TrainError` for what the user can correct.
    """
    from train.evaluation import evaluate  # here, because onnx is slow to load
    from train.plots import evidence

    cifar10 = dataset.load(release.data_folder(data_dir))
    folder = models or PUBLISHED
    made = evaluate.evaluate(folder, cifar10)
    evidence.draw(folder, cifar10)
    for split, figures in made.splits.items():
        for name, model in figures.models.items():
            raw, scaled = model.raw.metrics, model.scaled.metrics
            print(
                f"{split}, {name}: accuracy {model.accuracy.value:.2%}, "
                f"{_calibration(raw)}; at T {model.scaled.temperature:.3f}: {_calibration(scaled)}"
            )
    for name, by_level in made.prediction_sets.items():
        for level, sets in by_level.items():
            print(
                f"test, {name}: prediction sets at {float(level):.0%} cover "
                f"{sets.coverage.value:.2%} and hold {sets.size.value:.3f} classes on average"
            )
    print(f"written to {folder / report.FOLDER}")


def _calibration(metrics: Mapping[str, report.Figure]) -> str:
    """The primary measures of calibration as text for a line of output."""
    return (
        f"NLL {metrics['nll'].value:.4f}, equal-mass ECE {metrics['ece_equal_mass'].value:.2%}, "
        f"confidence minus accuracy {metrics['signed_gap'].value:+.2%}"
    )


def export_int8(data_dir: Path | None, models: Path | None) -> None:
    """Quantise the pair in `models` (by default the published one), and measure the result.

    Raises `TrainError` for what the user can correct.
    """
    from train.evaluation import evaluate
    from train.export import quantise

    cifar10 = dataset.load(release.data_folder(data_dir))
    folder = models or PUBLISHED
    for split, costs in quantise.export_int8(folder, cifar10).root.items():
        for name, cost in costs.items():
            print(
                f"{split}, {name}: accuracy {cost.accuracy:.2%} ({cost.accuracy_before:.2%} "
                f"before), ECE {cost.ece:.2%} ({cost.ece_before:.2%}), mean |Δ confidence| "
                f"{cost.confidence_change:.2%}, {cost.other_answers} other answers of "
                f"{cost.pictures:,}"
            )
    evaluate.evaluate(folder / INT8, cifar10)
    print(f"written to {folder / INT8}; TWINLABEL_PRECISION=int8 serves it")


def sweep(options: SweepOptions) -> None:
    """Train networks at several ε, and write the table and its plot to `sweep/` beside the pair.

    Raises `TrainError` for what the user can correct.
    """
    cifar10 = dataset.load(release.data_folder(options.data_dir))
    out = destination(options.out, "a sample of CIFAR-10", cifar10.official)
    where = hardware.choose(options.device, options.precision)
    fallback = "default" if where.device.type == "cuda" else "small"
    recipe = RECIPES[options.recipe or fallback]
    noisy = sweeps.NOISY_EPSILONS if options.label_noise else ()
    planned = sweeps.plan(options.epsilons, options.seeds, noisy)
    # One folder for all sweeps of a recipe: rows of any ε and seed are kept together.
    kept = options.runs / f"sweep-{recipe.name}"
    rows = sweeps.sweep(planned, recipe, cifar10, where, kept)
    publish_sweep(rows, out / table.FOLDER)


def publish_sweep(rows: list[table.Row], folder: Path) -> None:
    """Write the table of `rows` and its plot to `folder`. Raises `TrainError`."""
    from train.plots import sweep as plot  # here, because Matplotlib is slow to load

    sweeps.publish(rows, folder)
    with writing(folder):
        for file, content in plot.draw(rows).items():
            write_whole(folder / file, content)
    print(f"{rows[0].recipe}.csv and its plot are written to {folder}")


def _fit(trainer: Trainer, folder: Path, identity: dict[str, Any], pictures: int) -> None:
    with ProgressBar(trainer.recipe.epochs, len(trainer.history), pictures) as bar:
        while not trainer.done:
            epoch = trainer.run_epoch(bar.batches)
            checkpoint.save(folder, trainer, identity)
            bar.epoch(epoch, pictures)
    write_whole(folder / "curves.csv", curves.as_csv(trainer.history).encode())


def destination(asked: Path | None, what: str, publishable: bool) -> Path:
    """The folder to publish to: `asked`, or else `PUBLISHED` if `what` is publishable there.

    Raises `TrainError` if the folder must not or cannot be written to.
    """
    if asked is None and not publishable:
        raise TrainError(
            f"{what} must not be published to exported_models/; name another folder with --out"
        )
    out = asked or PUBLISHED
    if out.resolve() == PUBLISHED and not publishable:
        raise TrainError(
            f"--out {out} is the published pair's folder, and {what} must not be published there; "
            "name another folder"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / ".writable", b"")
        (out / ".writable").unlink()
    except OSError as error:
        raise TrainError(
            f"--out {out} cannot be written to ({error.strerror}); name another folder"
        ) from error
    return out


def commit() -> str | None:
    """The git commit of the source, ending in `-dirty` if files differ; None if it is unknown."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=PUBLISHED.parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
