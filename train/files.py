"""Atomic file writes: a file is written under another name, flushed, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from train.errors import TrainError


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`; a kill or a full disk leaves either the old file or the new one.

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
    """Flush the file names in `folder` to disk: a rename alone may still be only in memory."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Create `folder`, and turn an `OSError` raised inside the block into a `TrainError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise TrainError(
            f"{folder} cannot be written ({error.strerror or error}); free some space and run "
            "the same command again"
        ) from error
