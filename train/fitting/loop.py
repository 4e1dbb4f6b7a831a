"""Trains both models side by side on the same batches, without reading or writing files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from contract.smoothing import check_epsilon
from train.data import augmentation
from train.data.dataset import Cifar10, Pictures
from train.fitting import optimizers
from train.fitting.hardware import Hardware
from train.networks import build
from train.recipe import Recipe

EVALUATION_BATCH = 1000
# The number of batches between two reports: reading a loss makes the CPU wait for a GPU.
REPORT_EVERY = 10


@dataclass(frozen=True)
class TwinEpoch:
    """One model's figures in one epoch. Losses are in nats, accuracies from 0 to 1."""

    train_loss: float
    """The mean of the minimised loss: the cross-entropy against the (smoothed) targets."""
    train_accuracy: float
    """The accuracy on the augmented batches, each measured before its own step."""
    validation_loss: float
    """The mean negative log-likelihood of the true class."""
    validation_accuracy: float


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch. `number` counts from 1."""

    number: int
    seconds: float
    twins: dict[str, TwinEpoch]


@dataclass(frozen=True)
class Progress:
    """The mean figures of the last few batches, by model, and their number of pictures."""

    pictures: int
    loss: dict[str, float]
    accuracy: dict[str, float]


class Twin:
    """One of the two models in training: its network, its ε and its optimizers."""

    def __init__(
        self, recipe: Recipe, seed: int, epsilon: float, pictures: Tensor, hardware: Hardware
    ) -> None:
        self.epsilon = check_epsilon(epsilon)
        network = build.build(recipe, seed, pictures)
        network.to(memory_format=torch.channels_last)
        self.network = network.to(hardware.device)
        self.optimizers = optimizers.optimizers(recipe.optimizer, self.network, hardware.dtype)
        self._peaks = [[group["lr"] for group in o.param_groups] for o in self.optimizers]
        self._hardware = hardware

    def step(self, images: Tensor, labels: Tensor, rate_factor: float) -> tuple[Tensor, Tensor]:
        """Do one training step; return the batch's mean loss and its number of right answers."""
        with self._hardware.autocast():
            logits = self.network(images)
        loss = F.cross_entropy(logits, labels, label_smoothing=self.epsilon)
        for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
            optimizer.zero_grad(set_to_none=True)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                # The decay of a step is rate times weight_decay, so it follows the schedule too.
                group["lr"] = peak * rate_factor
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.detach(), (logits.detach().argmax(1) == labels).sum()

    def state_dict(self) -> dict[str, Any]:
        """The state of the network and of the optimizers, for a checkpoint."""
        return {
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.network.load_state_dict(state["network"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)


class Trainer:
    """Both models in training; they differ only in ε.

    `epsilons` gives each model's ε by its name. Training is done after `recipe.epochs` calls of
    `run_epoch`. The same arguments on the same CPU give bit-identical weights.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: Cifar10,
        seed: int,
        epsilons: dict[str, float],
        hardware: Hardware,
    ) -> None:
        self.recipe = recipe
        self.seed = seed
        self.hardware = hardware
        self.history: list[Epoch] = []
        self.twins = {
            name: Twin(recipe, seed, epsilon, data.train.images, hardware)
            for name, epsilon in epsilons.items()
        }
        self._train = data.train.to(hardware.device)
        self._validation = data.validation.to(hardware.device)

    @property
    def done(self) -> bool:
        """Whether all epochs have run."""
        return len(self.history) >= self.recipe.epochs

    def run_epoch(self, report: Callable[[Progress], None] | None = None) -> Epoch:
        """Train each model once on every training picture, then measure it on validation."""
        started = time.perf_counter()
        recipe, n = self.recipe, len(self._train)
        index = len(self.history)
        draws = augmentation.draw(recipe.augmentation, n, self.seed, index).to(self.hardware.device)
        starts = range(0, n, recipe.batch_size)
        sums = {name: torch.zeros(2, device=self.hardware.device) for name in self.twins}
        recent = {name: torch.zeros(2, device=self.hardware.device) for name in self.twins}
        unreported = 0
        for twin in self.twins.values():
            twin.network.train()
        for batch, start in enumerate(starts):
            stop = min(start + recipe.batch_size, n)
            where = slice(start, stop)
            images = augmentation.apply(recipe.augmentation, self._train.images, draws, where)
            if recipe.coarse is not None and index < recipe.coarse[0] * recipe.epochs:
                images = augmentation.reduce(images, recipe.coarse[1])
            labels = self._train.labels[draws.order[where]]
            factor = optimizers.rate_factor(
                recipe.optimizer, index * len(starts) + batch, recipe.epochs * len(starts)
            )
            for name, twin in self.twins.items():
                loss, right = twin.step(images, labels, factor)
                recent[name] += torch.stack([loss * len(labels), right])
            unreported += len(labels)
            if (batch + 1) % REPORT_EVERY == 0 or stop == n:
                if report is not None:
                    report(_progress(recent, unreported))
                for name, total in recent.items():
                    sums[name] += total
                    total.zero_()
                unreported = 0
        epoch = Epoch(
            number=index + 1,
            twins={name: self._figures(name, (sums[name] / n).tolist()) for name in self.twins},
            seconds=time.perf_counter() - started,
        )
        self.history.append(epoch)
        return epoch

    def _figures(self, name: str, train: list[float]) -> TwinEpoch:
        logits = predict(self.twins[name].network, self._validation, self.hardware)
        labels = self._validation.labels
        return TwinEpoch(
            train_loss=train[0],
            train_accuracy=train[1],
            validation_loss=F.cross_entropy(logits, labels).item(),
            # Not a mean of doubles, which Apple's GPUs do not have.
            validation_accuracy=(logits.argmax(1) == labels).sum().item() / len(labels),
        )


def _progress(sums: dict[str, Tensor], pictures: int) -> Progress:
    means = {name: (total / pictures).tolist() for name, total in sums.items()}
    return Progress(
        pictures=pictures,
        loss={name: mean[0] for name, mean in means.items()},
        accuracy={name: mean[1] for name, mean in means.items()},
    )


@torch.no_grad()
def predict(network: nn.Module, pictures: Pictures, hardware: Hardware) -> Tensor:
    """The single-view logits of `pictures`, float32 `[n, 10]`, computed in `hardware.dtype`."""
    network.eval()
    with hardware.autocast():
        parts = [network(images) for images in torch.split(pictures.images, EVALUATION_BATCH)]
    return torch.cat(parts).float()
