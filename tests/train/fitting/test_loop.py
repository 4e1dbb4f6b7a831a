from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.tiny import TINY, trainer
from train.data.dataset import Cifar10
from train.fitting.loop import Progress, Trainer, Twin
from train.recipe import RECIPES, Recipe


def weights(trained: Trainer, name: str) -> dict[str, Tensor]:
    return trained.twins[name].network.state_dict()


def identical(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[key], other[key]) for key in one)


def test_twins_with_the_same_epsilon_stay_the_same_bits_step_by_step(sample: Cifar10) -> None:
    trained = trainer(sample, epsilons=(0.0, 0.0))
    hard, smoothed = trained.twins["hard"], trained.twins["smoothed"]
    images, labels = sample.train.images, sample.train.labels
    for step in range(5):
        where = slice(step * 50, step * 50 + 50)
        losses = [twin.step(images[where], labels[where], 0.5)[0] for twin in (hard, smoothed)]
        assert torch.equal(*losses)
        assert identical(weights(trained, "hard"), weights(trained, "smoothed"))


DEFAULT = RECIPES["default"]
EPOCHS: dict[str, Recipe] = {
    "tiny": TINY,
    "classic": replace(RECIPES["classic"], epochs=1),
    # What the default recipe does to its pictures: the first of its epochs has small ones.
    "default": replace(TINY, augmentation=DEFAULT.augmentation, coarse=DEFAULT.coarse),
}


@pytest.mark.parametrize("name", EPOCHS)
def test_a_whole_epoch_keeps_them_identical_and_another_epsilon_does_not(
    sample: Cifar10, name: str
) -> None:
    recipe = EPOCHS[name]
    alike, different = trainer(sample, recipe, epsilons=(0, 0)), trainer(sample, recipe)
    for trained in (alike, different):
        trained.run_epoch()
    assert identical(weights(alike, "hard"), weights(alike, "smoothed"))
    assert identical(weights(alike, "hard"), weights(different, "hard"))
    assert not identical(weights(different, "hard"), weights(different, "smoothed"))


def test_the_same_seed_gives_the_same_weights(sample: Cifar10) -> None:
    runs = [trainer(sample, seed=seed) for seed in (7, 7, 8)]
    for trained in runs:
        trained.run_epoch()
    first, again, other = (weights(trained, "smoothed") for trained in runs)
    assert identical(first, again)
    assert not identical(first, other)


def test_the_first_epochs_have_small_pictures(
    sample: Cifar10, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(TINY, epochs=3, coarse=(0.5, 24))
    trained = trainer(sample, recipe)
    sides: list[set[int]] = []
    step = Twin.step

    def watched(twin: Twin, images: Tensor, *others: Any) -> tuple[Tensor, Tensor]:
        sides[-1].add(images.shape[1])
        return step(twin, images, *others)

    monkeypatch.setattr(Twin, "step", watched)
    while not trained.done:
        sides.append(set())
        trained.run_epoch()
    assert sides == [{24}, {24}, {32}]


def test_training_learns(sample: Cifar10) -> None:
    trained = trainer(sample, replace(TINY, epochs=6))
    while not trained.done:
        trained.run_epoch()
    first, last = trained.history[0].twins, trained.history[-1].twins
    for name in ("hard", "smoothed"):
        assert last[name].train_loss < first[name].train_loss
        assert last[name].train_accuracy > 0.2
    # A smoothed target has a floor above zero: its loss is the higher one.
    assert last["smoothed"].train_loss > last["hard"].train_loss


def test_progress_counts_every_picture_once(sample: Cifar10) -> None:
    seen: list[Progress] = []
    trained = trainer(sample, replace(TINY, batch_size=64))
    epoch = trained.run_epoch(seen.append)
    assert sum(progress.pictures for progress in seen) == len(sample.train)
    mean = sum(p.loss["hard"] * p.pictures for p in seen) / len(sample.train)
    assert epoch.twins["hard"].train_loss == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize("epsilon", [-0.1, 1.0])
def test_an_epsilon_out_of_range_is_refused(sample: Cifar10, epsilon: float) -> None:
    with pytest.raises(ValueError, match="ε is"):
        trainer(sample, epsilons=(0.0, epsilon))
