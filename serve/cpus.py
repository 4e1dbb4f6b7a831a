"""How many CPUs this process may really use: its affinity and its container's quota."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = "sys/fs/cgroup"
_V1_CONTROLLERS = ("cpu", "cpu,cpuacct", "cpuacct,cpu")


def available(root: Path = Path("/")) -> int:
    """The least of the affinity and the CPU quotas (cgroup v2 and v1), rounded up, at least 1.

    `os.cpu_count()` sees neither: with a quota of one CPU on a machine of 64, its 64 threads would
    be stopped most of the time. `root` is where `/proc` and `/sys` are.
    """
    limits = [float(_affinity()), *_quotas(root)]
    return max(1, math.ceil(min(limits)))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """The quotas of this process's control groups and of those above them, in CPUs."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux, or /proc is hidden
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            for folder in _upwards(root / _CGROUPS, path):
                yield from _quota_v2(folder)
        elif "cpu" in controllers.split(","):
            for controller in _V1_CONTROLLERS:
                for folder in _upwards(root / _CGROUPS / controller, path):
                    yield from _quota_v1(folder)


def _upwards(mounted: Path, path: str) -> Iterator[Path]:
    """The folder of a control group and those above it, up to where they are mounted.

    Inside a container the path can be the host's, which is not there; what is mounted is then the
    container's own group.
    """
    folder = mounted / path.lstrip("/")
    while folder != mounted and mounted in folder.parents:
        yield folder
        folder = folder.parent
    yield mounted


def _quota_v2(folder: Path) -> Iterator[float]:
    """From `cpu.max`, such as "150000 100000"; "max" stands for no quota."""
    words = _read(folder / "cpu.max").split()
    if len(words) == 2 and words[0].isdecimal() and words[1].isdecimal() and int(words[1]):
        yield int(words[0]) / int(words[1])


def _quota_v1(folder: Path) -> Iterator[float]:
    """From the quota and the period in microseconds; -1 stands for no quota."""
    quota, period = (_read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    if quota.isdecimal() and period.isdecimal() and int(quota) and int(period):
        yield int(quota) / int(period)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
