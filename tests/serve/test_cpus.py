"""The CPUs that a process may use: affinity, and quotas of cgroup v2 and v1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.paths import ROOT
from serve import cpus


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 64 CPUs."""
    monkeypatch.setattr(cpus, "_affinity", lambda: 64)


def system(root: Path, cgroup: str, **files: str) -> Path:
    """A `/proc` and a `/sys` with these control files."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("100000 100000", 1), ("150000 100000", 2), ("20000 100000", 1), ("max 100000", 64)],
)
def test_a_quota_of_cgroup_v2(tmp_path: Path, quota: str, expected: int) -> None:
    assert cpus.available(system(tmp_path, "0::/\n", **{"cpu.max": quota})) == expected


def test_the_quota_of_a_group_above_counts_too(tmp_path: Path) -> None:
    files = {"kubepods/cpu.max": "200000 100000", "kubepods/pod1/cpu.max": "max 100000"}
    assert cpus.available(system(tmp_path, "0::/kubepods/pod1\n", **files)) == 2


def test_in_a_container_the_hosts_path_is_not_there(tmp_path: Path) -> None:
    root = system(tmp_path, "0::/docker/abc\n", **{"cpu.max": "300000 100000"})
    assert cpus.available(root) == 3


@pytest.mark.parametrize(("quota", "expected"), [("250000", 3), ("-1", 64)])
def test_a_quota_of_cgroup_v1(tmp_path: Path, quota: str, expected: int) -> None:
    files = {
        "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": quota,
        "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
    }
    cgroup = "12:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n"
    assert cpus.available(system(tmp_path, cgroup, **files)) == expected


def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert cpus.available(tmp_path) == 64
    assert cpus.available(system(tmp_path, "0::/\n", **{"cpu.max": "nonsense"})) == 64


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_the_affinity_is_the_processs_own() -> None:
    program = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from serve import cpus; print(cpus.available())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"
