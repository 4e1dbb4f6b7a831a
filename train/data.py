"""CIFAR-10's official binary release: found or downloaded, checked, split, as tensors.

The release (https://www.cs.toronto.edu/~kriz/cifar.html, "binary version") holds six files of
10,000 records; a record is a label byte and then 32x32 red, green and blue bytes. No file of it is
a pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from contract.cifar10 import CLASSES, PICTURE_SIZE
from train.errors import TrainError

FOLDER = "cifar-10-batches-bin"
ARCHIVE = "cifar-10-binary.tar.gz"
ARCHIVE_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
ADDRESS = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"
# Of the six files inside the official archive.
OFFICIAL_MD5: dict[str, str] = {
    "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
    "test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d",
}
SAMPLE_TABLE = "md5.json"
"""A data folder that is a sample of CIFAR-10 holds its own MD5 table under this name."""
RECORD_BYTES = 1 + 3 * PICTURE_SIZE * PICTURE_SIZE
VALIDATION_SHARE = 0.1
"""Of each class's training pictures, the last in official order: 500 of 5,000."""


@dataclass(frozen=True)
class Pictures:
    """uint8 pictures `[n, 32, 32, 3]`, RGB, and int64 labels `[n]` from 0 to 9, on one device."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> Pictures:
        return Pictures(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Cifar10:
    """The three parts. Choices are made on `validation`; `test` is for the report alone."""

    train: Pictures
    validation: Pictures
    test: Pictures
    sha256: str
    """Of all the records, training then test, in official order."""
    official: bool
    """True for the full official release, False for a sample of it."""


def data_folder(option: Path | None) -> Path:
    """Where the data lies: the command line's option, else `CIFAR10_DIR`, else `data`."""
    if option is not None:
        return option
    return Path(os.environ.get("CIFAR10_DIR") or "data")


def load(folder: Path, download: bool = True) -> Cifar10:
    """Read, check and split what lies in `folder`/cifar-10-batches-bin, downloading it if absent.

    Raises `TrainError`, naming the file and the way out, where a file is missing or altered or
    the download fails.
    """
    release = folder / FOLDER
    if not release.is_dir():
        if not download:
            raise TrainError(f"CIFAR-10 is not in {release}; {_ways_out(folder)}")
        _download(folder)
    table = _md5_table(release)
    raw = {name: _read_checked(release / name, md5, folder) for name, md5 in table.items()}
    training = _decode(b"".join(raw[name] for name in sorted(raw) if name != "test_batch.bin"))
    held_out = _held_out(training.labels)
    digest = hashlib.sha256()
    for name in [*sorted(n for n in raw if n != "test_batch.bin"), "test_batch.bin"]:
        digest.update(raw[name])
    return Cifar10(
        train=Pictures(training.images[~held_out], training.labels[~held_out]),
        validation=Pictures(training.images[held_out], training.labels[held_out]),
        test=_decode(raw["test_batch.bin"]),
        sha256=digest.hexdigest(),
        official=table == OFFICIAL_MD5,
    )


def _md5_table(release: Path) -> dict[str, str]:
    sample = release / SAMPLE_TABLE
    if not sample.exists():
        return OFFICIAL_MD5
    try:
        table = json.loads(sample.read_text())
    except (OSError, ValueError) as error:
        raise TrainError(f"{sample} cannot be read as a table of MD5s: {error}") from error
    if not isinstance(table, dict) or "test_batch.bin" not in table or len(table) < 2:
        raise TrainError(
            f"{sample} names no training file or no test_batch.bin; delete it to use the full "
            "official release"
        )
    return {str(name): str(md5) for name, md5 in table.items()}


def _read_checked(path: Path, md5: str, folder: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise TrainError(f"{path} is missing; {_ways_out(folder)}") from error
    except OSError as error:
        raise TrainError(f"{path} cannot be read: {error.strerror or error}") from error
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != md5:
        raise TrainError(
            f"{path} ({len(raw):,} bytes) is not the official file: it was cut short or altered; "
            f"{_ways_out(folder)}"
        )
    return raw


def _ways_out(folder: Path) -> str:
    return (
        f"delete {folder / FOLDER} and run again to download it, or unpack {ARCHIVE} into "
        f"{folder}, or name another folder with --data-dir or CIFAR10_DIR"
    )


def _download(folder: Path) -> None:
    # Imported here: reading a folder that is there needs no torchvision, and it is slow to load.
    from torchvision.datasets.utils import download_and_extract_archive

    print(f"CIFAR-10 is not in {folder / FOLDER}: downloading {ADDRESS} (170 MB)")
    try:
        download_and_extract_archive(ADDRESS, str(folder), filename=ARCHIVE, md5=ARCHIVE_MD5)
    except (OSError, RuntimeError) as error:
        raise TrainError(
            f"CIFAR-10 could not be downloaded from {ADDRESS} to {folder} ({error}); fetch "
            f"{ARCHIVE} by other means, unpack it into {folder}, and run again"
        ) from error


def _decode(raw: bytes) -> Pictures:
    records = np.frombuffer(raw, dtype=np.uint8).reshape(-1, RECORD_BYTES)
    planes = records[:, 1:].reshape(-1, 3, PICTURE_SIZE, PICTURE_SIZE)
    images = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    return Pictures(torch.from_numpy(images), torch.from_numpy(records[:, 0].astype(np.int64)))


def _held_out(labels: Tensor) -> Tensor:
    """Bool `[n]`: whether a training picture is among the last tenth of its class."""
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for label in range(len(CLASSES)):
        positions = torch.nonzero(labels == label).flatten()
        mask[positions[len(positions) - round(VALIDATION_SHARE * len(positions)) :]] = True
    return mask
