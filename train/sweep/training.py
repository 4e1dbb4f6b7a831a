"""Trains a sweep: one network for each ε and seed, and a row of figures for each.

An interrupted sweep resumes if it is started again: finished runs are in the table, and the
current run is in its checkpoint.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from contract import calibration as c
from contract.artifacts import sweep as table
from contract.cifar10 import CLASSES
from train.data.dataset import Cifar10, Pictures
from train.errors import TrainError
from train.files import write_whole, writing
from train.fitting import checkpoint
from train.fitting.hardware import Hardware
from train.fitting.loop import Progress, Trainer, predict
from train.recipe import Recipe
from train.statistics import ranking
from train.statistics.temperature import fit_temperature

EPSILONS = (0.0, 0.05, 0.1, 0.2, 0.5)
SEEDS = 5
LABEL_NOISE = 0.2
NOISY_EPSILONS = (0.0, 0.1)
"""The ε that are also trained with the share `LABEL_NOISE` of labels moved to another class."""
ROWS = "rows.csv"
_NETWORK = "network"


@dataclass(frozen=True)
class Run:
    """One network to train."""

    label_noise: float
    epsilon: float
    seed: int

    @property
    def key(self) -> tuple[float, float, int]:
        """The same key as `contract.artifacts.sweep.Row.key`."""
        return self.label_noise, self.epsilon, self.seed

    def __str__(self) -> str:
        noise = f", {self.label_noise:.0%} of labels moved" if self.label_noise else ""
        return f"seed {self.seed}, ε = {self.epsilon:g}{noise}"


def sweep(
    runs: list[Run], recipe: Recipe, cifar10: Cifar10, where: Hardware, folder: Path
) -> list[table.Row]:
    """The rows of `runs`, in that order. Runs whose row is not in `folder` yet are trained.

    `folder` keeps the rows and checkpoints. Raises `TrainError` for what the user can correct.
    """
    _check_identity(folder, _identity(recipe, cifar10, where))
    path = folder / ROWS
    rows = {row.key: row for row in _read(path)}
    print(f"sweep: {len(runs)} runs of {recipe.name} on {where.name}; rows in {path}")
    sys.stdout.flush()
    for number, run in enumerate(runs, 1):
        if run.key in rows:
            continue
        started = time.perf_counter()
        row = rows[run.key] = _one(run, recipe, cifar10, where, folder)
        _write(path, table.as_csv(rows.values()).encode())
        shutil.rmtree(_folder_of(run, folder), ignore_errors=True)
        print(
            f"{number}/{len(runs)}  {run}: test {row.accuracy:.2%}, ECE {row.ece:.2%}, "
            f"T {row.temperature:.2f}, ECE at T {row.ece_scaled:.2%} "
            f"({time.perf_counter() - started:.0f} s)"
        )
        sys.stdout.flush()
    # Rounded as in the table, so that new rows equal rows that were read from it.
    rows = {row.key: row for row in table.from_csv(table.as_csv(rows.values()))}
    return [rows[run.key] for run in runs]


def publish(rows: list[table.Row], out: Path) -> None:
    """Write the table of `rows` to the folder `out`. Raises `TrainError`."""
    _write(out / f"{rows[0].recipe}.csv", table.as_csv(rows).encode())


def plan(
    epsilons: Iterable[float], seeds: int, noisy_epsilons: Iterable[float] = NOISY_EPSILONS
) -> list[Run]:
    """The runs of a sweep, seed by seed, so that an unfinished sweep can already be compared."""
    # Rounded as in the table, because rows are found by their ε.
    clean = [(0.0, epsilon) for epsilon in sorted({0.0, *(round(e, 6) for e in epsilons)})]
    noisy = [(LABEL_NOISE, epsilon) for epsilon in noisy_epsilons]
    return [Run(*each, seed) for seed in range(seeds) for each in [*clean, *noisy]]


def with_label_noise(pictures: Pictures, share: float, seed: int) -> Pictures:
    """`pictures` with a `share` of the labels, chosen at random, moved to a random other class.

    The same seed moves the same labels to the same classes.
    """
    generator = torch.Generator().manual_seed(seed)
    n, classes = len(pictures), len(CLASSES)
    moved = torch.randperm(n, generator=generator)[: round(share * n)]
    by = torch.randint(1, classes, (len(moved),), generator=generator)
    labels = pictures.labels.clone()
    labels[moved] = (labels[moved] + by) % classes
    return replace(pictures, labels=labels)


def _one(run: Run, recipe: Recipe, cifar10: Cifar10, where: Hardware, folder: Path) -> table.Row:
    noisy = replace(cifar10, train=with_label_noise(cifar10.train, run.label_noise, run.seed))
    trainer = Trainer(recipe, noisy, run.seed, {_NETWORK: run.epsilon}, where)
    identity = _identity(recipe, cifar10, where) | vars(run)
    checkpoint.restore(_folder_of(run, folder), trainer, identity)
    pictures = len(noisy.train)

    def report(progress: Progress) -> None:
        bar.update(progress.pictures)

    with tqdm(
        desc=str(run),
        total=recipe.epochs * pictures,
        initial=len(trainer.history) * pictures,
        unit=" pictures",
        unit_scale=True,
        leave=False,
        disable=not sys.stderr.isatty(),
    ) as bar:
        while not trainer.done:
            trainer.run_epoch(report)
            checkpoint.save(_folder_of(run, folder), trainer, identity)
    return measure(trainer, noisy, run)


def measure(trainer: Trainer, cifar10: Cifar10, run: Run) -> table.Row:
    """The row of figures of a network whose training is finished."""
    network, where = trainer.twins[_NETWORK].network, trainer.hardware

    def logits(pictures: Pictures) -> Tensor:
        return predict(network, pictures.to(where.device), where).cpu()

    train = logits(cifar10.train)
    validation, test = logits(cifar10.validation).numpy(), logits(cifar10.test).numpy()
    labels = cifar10.test.labels.numpy()
    temperature = fit_temperature(validation, cifar10.validation.labels.numpy())
    at: dict[str, float] = {}
    for suffix, t in (("", 1.0), ("_scaled", temperature)):
        sure, correct = c.confidence(c.softmax(test, t), labels)
        at |= {
            f"nll{suffix}": float(c.nll_by_picture(test, labels, t).mean()),
            f"ece{suffix}": c.ece(c.equal_width(sure, correct)),
            f"sure_mistakes{suffix}": float((~correct & (sure >= table.SURE)).mean()),
        }
    sure, correct = c.confidence(c.softmax(test), labels)
    seen = [epoch.twins[_NETWORK].validation_accuracy for epoch in trainer.history]
    return table.Row(
        recipe=trainer.recipe.name,
        seed=run.seed,
        label_noise=run.label_noise,
        epsilon=run.epsilon,
        train_loss=trainer.history[-1].twins[_NETWORK].train_loss,
        train_accuracy=(train.argmax(1) == cifar10.train.labels).double().mean().item(),
        largest_fall=max([0.0, *(a - b for a, b in itertools.pairwise(seen))]),
        accuracy=float(correct.mean()),
        confidence=float(sure.mean()),
        signed_gap=c.signed_gap(sure, correct),
        aurc=ranking.aurc(c.risk_coverage(sure, correct)),
        temperature=temperature,
        **at,
    )


def _identity(recipe: Recipe, cifar10: Cifar10, where: Hardware) -> dict[str, Any]:
    return {
        "recipe": recipe.as_dict(),
        "data": cifar10.sha256,
        "device": where.device.type,
        "precision": str(where.dtype).removeprefix("torch."),
    }


def _folder_of(run: Run, folder: Path) -> Path:
    return folder / f"{run.label_noise:g}-{run.epsilon:g}-{run.seed}"


def _check_identity(folder: Path, identity: dict[str, Any]) -> None:
    """Raise `TrainError` if `folder` holds rows of another recipe, data or device."""
    path = folder / "identity.json"
    # Through JSON, because it turns tuples into lists.
    text = json.dumps(identity, indent=1)
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        _write(path, text.encode())
        return
    except (OSError, ValueError) as error:
        raise TrainError(f"{path} cannot be read ({error}); delete {folder}") from error
    if different := checkpoint.difference(saved, json.loads(text)):
        raise TrainError(
            f"{folder} holds a sweep with another {different}; delete that folder to start "
            "again, or name another with --runs"
        )


def _read(path: Path) -> list[table.Row]:
    try:
        return table.from_csv(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise TrainError(
            f"{path} is not a sweep's table ({error}); correct it or delete it"
        ) from error


def _write(path: Path, content: bytes) -> None:
    with writing(path.parent):
        write_whole(path, content)
