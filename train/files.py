"""Files that are whole or not there: written beside their place, flushed, then moved to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from train.errors import TrainError


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a kill or a full disk leaves the old file or the new one.

    Raises `OSError` as `open` and `write` do.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in `folder` as durable as the files: a move alone may wait in memory."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make `folder`, and turn a failure to write into it into a `TrainError` that says so."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise TrainError(
            f"{folder} cannot be written ({error.strerror or error}); make room and start the same "
            "command again"
        ) from error
