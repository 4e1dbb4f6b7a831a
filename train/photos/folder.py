"""Reads a folder of labelled photos: one folder a class, as torchvision's `ImageFolder` has it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import CLASSES
from contract.class_names import SYNONYMS, class_of
from contract.pictures import decoder
from contract.pictures.errors import PictureError
from train.errors import TrainError

_LAYOUT = f"it needs one folder for each class: {', '.join(CLASSES)}"


@dataclass(frozen=True)
class Remark:
    """What is to be said of one file or folder."""

    path: str
    """Relative to the folder of the photos."""
    text: str


@dataclass(frozen=True)
class Photos:
    """The photos that could be read, and what is to be said of the others."""

    images: NDArray[np.uint8]
    """The pixels `[n, 32, 32, 3]`, n at least 1, as the server would give them to the models."""
    labels: NDArray[np.int64]
    """The class of each photo, `[n]`, from 0 to 9."""
    paths: tuple[str, ...]
    """The path of each photo, relative to the folder."""
    notes: tuple[Remark, ...]
    """What the decoder says of photos that it could read."""
    left_out: tuple[Remark, ...]
    """The files and folders that were not used, with the reason."""


def read(folder: Path) -> Photos:
    """Decode all photos in the class folders of `folder`, and in the folders inside of those.

    Names that begin with a dot are passed over, and links to folders inside of a class are not
    followed. Raises `TrainError` if there is no such folder or not one photo in it.
    """
    found: list[tuple[Path, int]] = []
    left_out: list[Remark] = []
    for inside in _entries(folder):
        label = class_of(inside.name) if inside.is_dir() else None
        if label is not None:
            found += [(path, label) for path in _files(inside, folder, left_out)]
        elif inside.is_dir():
            left_out.append(Remark(inside.name, _no_class(inside.name)))
        else:
            left_out.append(Remark(inside.name, "it lies in no folder of a class"))
    with ThreadPoolExecutor() as threads:  # Pillow decodes without holding Python's lock
        decoded = list(threads.map(_decoded, (path for path, _ in found)))
    images, labels, paths, notes = [], [], [], []
    for (path, label), each in zip(found, decoded, strict=True):
        name = path.relative_to(folder).as_posix()
        if isinstance(each, str):
            left_out.append(Remark(name, each))
            continue
        images.append(each.pixels)
        labels.append(label)
        paths.append(name)
        notes += [Remark(name, note) for note in each.notes]
    if not images:
        raise TrainError("\n  ".join([f"{folder}: {_nothing(found)}", *map(_line, left_out)]))
    return Photos(
        np.stack(images), np.array(labels, np.int64), tuple(paths), tuple(notes), tuple(left_out)
    )


def _entries(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except FileNotFoundError as error:
        raise TrainError(f"--pictures {folder}: there is no such folder; {_LAYOUT}") from error
    except NotADirectoryError as error:
        raise TrainError(f"--pictures {folder}: that is not a folder; {_LAYOUT}") from error
    except OSError as error:
        raise TrainError(f"--pictures {folder} cannot be read: {error.strerror}") from error
    return [path for path in inside if not path.name.startswith(".")]


def _files(top: Path, folder: Path, left_out: list[Remark]) -> Iterator[Path]:
    """The files below `top` in order of their names; folders that cannot be read are left out."""

    def fail(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        left_out.append(Remark(name, f"the folder cannot be read: {error.strerror}"))

    for parent, folders, files in os.walk(top, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))


def _decoded(path: Path) -> decoder.Decoded | str:
    """The pixels and notes of a photo, or why there are none."""
    try:
        decoder.check_bytes(path.stat().st_size)
        return decoder.decode_with_notes(path.read_bytes())
    except PictureError as error:
        return error.message
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"


def _no_class(name: str) -> str:
    names = [*CLASSES, *SYNONYMS]
    close = difflib.get_close_matches(name.casefold(), names, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"the folder is named after none of the ten classes{meant}"


def _nothing(found: list[tuple[Path, int]]) -> str:
    if found:
        return f"not one of the {len(found):,} files in its class folders can be read as a picture"
    return f"there is no picture in a folder of a class; {_LAYOUT}"


def _line(remark: Remark) -> str:
    return f"{remark.path}: {remark.text}"
