"""CIFAR-10's official binary release: read or downloaded, and checked against its MD5s.

The release (https://www.cs.toronto.edu/~kriz/cifar.html, "binary version") has six files of
10,000 records. A record is a label byte and then 32x32 red, 32x32 green and 32x32 blue bytes. None
of the files is a pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from contract.cifar10 import PICTURE_SIZE
from train.data import download
from train.errors import TrainError

FOLDER = "cifar-10-batches-bin"
ARCHIVE = "cifar-10-binary.tar.gz"
ARCHIVE_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
ADDRESS = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"
# The MD5s of the six files in the official archive.
OFFICIAL_MD5: dict[str, str] = {
    "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
    "test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d",
}
TEST = "test_batch.bin"
SAMPLE_TABLE = "md5.json"
"""A data folder that is a sample of CIFAR-10 holds its own MD5 table under this name."""
RECORD_BYTES = 1 + 3 * PICTURE_SIZE * PICTURE_SIZE


def data_folder(option: Path | None) -> Path:
    """The data folder: the command-line option, else `CIFAR10_DIR`, else `data`."""
    if option is not None:
        return option
    return Path(os.environ.get("CIFAR10_DIR") or "data")


@dataclass(frozen=True)
class Release:
    """The checked records of the release, in official order."""

    training: bytes
    """The records of all training files."""
    test: bytes
    """The records of the test file."""
    official: bool
    """True for the full official release, False for a sample of it."""


def read(folder: Path, may_download: bool = True) -> Release:
    """The release in `folder`/cifar-10-batches-bin, downloaded if it is missing.

    Raises `TrainError` if a file is missing or altered, or the download fails.
    """
    lies_in = folder / FOLDER
    if not lies_in.is_dir():
        if not may_download:
            raise TrainError(f"CIFAR-10 is not in {lies_in}; {_ways_out(folder)}")
        _download(folder)
    table = _md5_table(lies_in)
    raw = {name: _read_checked(lies_in / name, md5, folder) for name, md5 in table.items()}
    return Release(
        training=b"".join(raw[name] for name in sorted(raw) if name != TEST),
        test=raw[TEST],
        official=table == OFFICIAL_MD5,
    )


def _md5_table(lies_in: Path) -> dict[str, str]:
    sample = lies_in / SAMPLE_TABLE
    if not sample.exists():
        return OFFICIAL_MD5
    try:
        table = json.loads(sample.read_text())
    except (OSError, ValueError) as error:
        raise TrainError(
            f"{sample} is not a table of MD5s ({error}); delete it to use the full official release"
        ) from error
    if not isinstance(table, dict) or TEST not in table or len(table) < 2:
        raise TrainError(
            f"{sample} lists no training file or no {TEST}; delete it to use the full "
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
    print(f"CIFAR-10 is not in {folder / FOLDER}: downloading {ADDRESS} (170 MB)")
    archive = folder / ARCHIVE
    try:
        if not _is_whole(archive):
            download.fetch(ADDRESS, archive, ARCHIVE_MD5)
        _unpack(archive, folder / FOLDER)
    except (OSError, HTTPException, tarfile.TarError, download.AlteredError) as error:
        raise TrainError(
            f"CIFAR-10 could not be downloaded from {ADDRESS} to {folder} ({error}); run again to "
            f"go on where it stopped, or fetch {ARCHIVE} by other means, unpack it into {folder}, "
            "and run again"
        ) from error


def _is_whole(archive: Path) -> bool:
    return (
        archive.exists()
        and hashlib.md5(archive.read_bytes(), usedforsecurity=False).hexdigest() == ARCHIVE_MD5
    )


def _unpack(archive: Path, into: Path) -> None:
    """The files of the release, all or none: a folder that is there counts as complete."""
    part = into.with_name(f"{into.name}.part")
    part.mkdir(exist_ok=True)
    with tarfile.open(archive) as packed:
        for name in OFFICIAL_MD5:
            try:
                file = packed.extractfile(f"{FOLDER}/{name}")
            except KeyError:
                file = None
            if file is None:
                raise tarfile.TarError(f"{ARCHIVE} holds no {name}")
            (part / name).write_bytes(file.read())
    part.replace(into)
