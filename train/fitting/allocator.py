"""Restarts training with jemalloc, before torch is imported, because that takes seconds."""

from __future__ import annotations

import ctypes.util
import os
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
    os.environ["LD_PRELOAD"] = f"{os.environ.get('LD_PRELOAD', '')} {library}".strip()
    os.environ.setdefault("MALLOC_CONF", JEMALLOC)
    os.execv(sys.executable, [sys.executable, "-m", "train", *sys.argv[1:]])
