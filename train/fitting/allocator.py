"""Restarts training with jemalloc, before torch is imported, because that takes seconds."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys

JEMALLOC = "dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always,oversize_threshold:0"


def prefer_jemalloc() -> None:
    """Restart this program with jemalloc, on Linux and if jemalloc is installed.

    Training on a CPU frees and allocates the same large tensors at every step. glibc returns them
    to the kernel each time, and on 2 virtual cores a third of the time went into page faults: an
    epoch of one model took 79 s, and 52 s with jemalloc set to keep its pages (docs/log.md). The
    results are bit-identical.
    """
    library = ctypes.util.find_library("jemalloc") if sys.platform == "linux" else None
    if library is None or "jemalloc" in os.environ.get("LD_PRELOAD", ""):
        return
    environment = {"MALLOC_CONF": JEMALLOC, **os.environ}
    environment["LD_PRELOAD"] = f"{os.environ.get('LD_PRELOAD', '')} {library}".strip()
    obstacle = _obstacle(environment)
    if obstacle is not None:
        print(f"{library} is not used, which makes training slower: {obstacle}", file=sys.stderr)
        return
    os.environ.update(environment)
    os.execv(sys.executable, [sys.executable, "-m", "train", *sys.argv[1:]])


def _obstacle(environment: dict[str, str]) -> str | None:
    """Why a program does not start in this environment, tried in a child process.

    The loader only prints that a library cannot be used, and a wrong one ends the program.
    """
    try:
        tried = subprocess.run(
            [sys.executable, "-c", "bytearray(50_000_000)"],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = tried.stderr.strip().splitlines()
    if tried.returncode != 0:
        return f"a program on top of it ended with status {tried.returncode}"
    return said[0] if said and "ld.so" in said[0] else None
