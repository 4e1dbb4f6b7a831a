"""A recipe so small that a test can train with it, and pairs made with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from contract.artifacts.manifest import Manifest
from train.data.dataset import Cifar10
from train.export import publish
from train.fitting.hardware import Hardware
from train.fitting.loop import Trainer
from train.recipe import RECIPES, ModernNet, Muon, Recipe

_QUICK = RECIPES["quick"]
assert isinstance(_QUICK.optimizer, Muon)
TINY: Recipe = replace(
    _QUICK,
    name="tiny",
    network=ModernNet(width=(8, 16, 16), depth=(1, 1, 2)),
    optimizer=replace(_QUICK.optimizer, head_learning_rate=1.5, bias_learning_rate=1.8),
    epochs=1,
    batch_size=100,
)
CPU = Hardware(torch.device("cpu"), torch.float32, "a CPU")


def trainer(
    sample: Cifar10,
    recipe: Recipe = TINY,
    seed: int = 0,
    epsilons: tuple[float, float] = (0.0, 0.1),
) -> Trainer:
    hard, smoothed = epsilons
    return Trainer(recipe, sample, seed, {"hard": hard, "smoothed": smoothed}, CPU)


def published(sample: Cifar10, folder: Path, seed: int = 0) -> Manifest:
    trained = trainer(sample, seed=seed)
    trained.run_epoch()
    return publish.publish(trained, sample, folder, commit=None)
