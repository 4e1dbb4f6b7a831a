"""CIFAR-10 as tensors, split into training, validation and test pictures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from contract.cifar10 import CLASSES, PICTURE_SIZE
from train.data import release
from train.data.release import RECORD_BYTES

VALIDATION_SHARE = 0.1
"""The share of each class held out for validation: the last 500 of 5,000 in official order."""


@dataclass(frozen=True)
class Pictures:
    """uint8 pictures `[n, 32, 32, 3]`, RGB, and int64 labels `[n]` from 0 to 9, on one device."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> Pictures:
        """The same pictures on `device`."""
        return Pictures(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Cifar10:
    """The three parts of CIFAR-10. All choices use `validation`; only the report uses `test`."""

    train: Pictures
    validation: Pictures
    test: Pictures
    sha256: str
    """The SHA-256 of all records: training, then test, in official order."""
    official: bool
    """True for the full official release, False for a sample of it."""


def load(folder: Path, download: bool = True) -> Cifar10:
    """CIFAR-10 from the release in `folder`, checked and split; it is downloaded if it is missing.

    Raises `TrainError` as `train.data.release.read` does.
    """
    found = release.read(folder, download)
    training = _decode(found.training)
    held_out = _held_out(training.labels)
    return Cifar10(
        train=Pictures(training.images[~held_out], training.labels[~held_out]),
        validation=Pictures(training.images[held_out], training.labels[held_out]),
        test=_decode(found.test),
        sha256=hashlib.sha256(found.training + found.test).hexdigest(),
        official=found.official,
    )


def _decode(raw: bytes) -> Pictures:
    records = np.frombuffer(raw, dtype=np.uint8).reshape(-1, RECORD_BYTES)
    planes = records[:, 1:].reshape(-1, 3, PICTURE_SIZE, PICTURE_SIZE)
    images = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    return Pictures(torch.from_numpy(images), torch.from_numpy(records[:, 0].astype(np.int64)))


def _held_out(labels: Tensor) -> Tensor:
    """Whether each training picture is in the last tenth of its class: bool `[n]`."""
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for label in range(len(CLASSES)):
        positions = torch.nonzero(labels == label).flatten()
        mask[positions[len(positions) - round(VALIDATION_SHARE * len(positions)) :]] = True
    return mask
