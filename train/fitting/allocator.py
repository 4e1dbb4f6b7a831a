"""Starts training again on top of jemalloc. Before torch is imported: that takes seconds."""

from __future__ import annotations

import ctypes.util
import os
import sys

JEMALLOC = "dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always,oversize_threshold:0"


def prefer_jemalloc() -> None:
    """On Linux, where jemalloc is installed, start this program again on top of it.

    Training on a CPU frees and asks for the same large tensors at every step. glibc gives them
    back to the kernel each time, and on 2 virtual cores a third of the time went into page faults:
    79 s an epoch and twin, 52 s with jemalloc told to keep its pages (docs/log.md). The results
    are the same bits.
    """
    library = ctypes.util.find_library("jemalloc") if sys.platform == "linux" else None
    if library is None or "jemalloc" in os.environ.get("LD_PRELOAD", ""):
        return
    os.environ["LD_PRELOAD"] = f"{os.environ.get('LD_PRELOAD', '')} {library}".strip()
    os.environ.setdefault("MALLOC_CONF", JEMALLOC)
    os.execv(sys.executable, [sys.executable, "-m", "train", *sys.argv[1:]])
