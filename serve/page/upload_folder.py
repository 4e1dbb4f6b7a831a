"""The folder of the page's uploads: private, checked at start, swept, and removed at the end.

Does not import Gradio, which reads the folder's name from the environment when it is imported.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from serve.errors import StartupError

log = logging.getLogger("twinlabel")

VARIABLE = "GRADIO_TEMP_DIR"
"""Where Gradio, too, looks for the folder's name."""
SECONDS_KEPT = 260.0
"""The age at which a file is deleted."""
SECONDS_BETWEEN = 15.0
"""The time between two sweeps. Together with `SECONDS_KEPT` it is less than five minutes."""
_PREFIX = "twinlabel-uploads-"
_PROBE = bytes(4096)


class UploadFolder:
    """A new folder that only this user can read, inside `GRADIO_TEMP_DIR` or the temporary folder.

    Gradio is told to put its files there. Raises `StartupError` if it cannot be written.
    """

    def __init__(self) -> None:
        self._given = os.environ.get(VARIABLE)
        self.path = _made(self._given)
        os.environ[VARIABLE] = str(self.path)
        # For a start that fails later on. A server that has started closes the folder itself,
        # because SIGTERM ends the process without this.
        atexit.register(self.close)

    def close(self) -> None:
        """Remove the folder and everything in it."""
        atexit.unregister(self.close)
        shutil.rmtree(self.path, ignore_errors=True)
        if os.environ.get(VARIABLE) == str(self.path):
            if self._given is None:
                del os.environ[VARIABLE]
            else:
                os.environ[VARIABLE] = self._given

    async def keep_swept(self) -> None:
        """Delete what is too old, again and again, until cancelled."""
        while True:
            await asyncio.to_thread(self.sweep)
            await asyncio.sleep(SECONDS_BETWEEN)

    def sweep(self) -> None:
        """Delete all files that nobody has written to for `SECONDS_KEPT`.

        Servers that were killed could not remove their folders, so those are swept as well.
        """
        oldest = time.time() - SECONDS_KEPT
        for folder in self.path.parent.glob(f"{_PREFIX}*"):
            if folder == self.path or _is_ours(folder):
                _sweep(folder, oldest)


def _made(given: str | None) -> Path:
    """A new private folder in which a file could be written."""
    try:
        parent = Path(given or tempfile.gettempdir()).resolve()
        parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))  # its mode is 700
    except OSError as error:
        raise _unwritable(given, error) from error
    try:
        probe = made / "probe"
        probe.write_bytes(_PROBE)  # on a full disk, a folder and an empty file can still be made
        probe.unlink()
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise _unwritable(given, error) from error
    return made


def _unwritable(given: str | None, error: OSError) -> StartupError:
    why = error.strerror or error
    if given:
        return StartupError(
            f"{VARIABLE} is {given!r}, where uploads cannot be written ({why}); set it to a folder "
            "that can be written and has room"
        )
    return StartupError(
        f"uploads cannot be written to the folder for temporary files ({why}); set {VARIABLE} to a "
        "folder that can be written and has room"
    )


def _is_ours(folder: Path) -> bool:
    """Whether this user made the folder: among temporary files anybody can make one of that name.

    Elsewhere than on POSIX this is not known, and such folders stay.
    """
    if os.name != "posix":
        return False
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_IMODE(found.st_mode) == 0o700
    return stat.S_ISDIR(found.st_mode) and private and found.st_uid == os.geteuid()


def _sweep(folder: Path, oldest: float) -> None:
    for path in _inside(folder):
        try:
            found = path.lstat()
            if max(found.st_mtime, found.st_ctime) >= oldest:
                continue
            if stat.S_ISDIR(found.st_mode):
                if not any(path.iterdir()):
                    path.rmdir()
            else:
                path.unlink()
        except FileNotFoundError:
            continue  # Gradio, or another server, was faster
        except OSError as error:
            log.warning("an upload could not be deleted: %s: %s", path, error.strerror)


def _inside(folder: Path) -> Iterator[Path]:
    """Everything below `folder`, and what is in a folder before the folder."""
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            yield Path(parent) / name
