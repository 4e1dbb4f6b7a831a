"""The server where nothing can be written to: read-only, an unknown user, no HOME."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from harness.paths import ROOT
from harness.pictures import Pictures, as_png
from harness.servers import free_port


def _in_a_locked_room(command: list[str], sealed: bool) -> list[str]:
    """The command in a mount namespace of its own where nothing can be written to.

    It runs as a user whom nobody knows. /dev/shm stays writable unless `sealed`.
    """
    lines = ["set -e", "mount --make-rprivate /"]
    needed = [Path(sys.base_prefix), ROOT, Path(sys.prefix).resolve()]
    private = {p for path in needed for p in path.parents if not p.stat().st_mode & 1}
    mounts = ["/"]
    # A developer's home is often closed to others; in there, only what is needed is shown.
    for folder in sorted(private, key=lambda p: len(p.parts))[:1]:
        inside = [path for path in needed if path.is_relative_to(folder)]
        lines.append("t=/mnt; mount -t tmpfs -o mode=755 tmpfs $t")
        for i, path in enumerate(inside):
            lines.append(f"mkdir $t/{i} && mount --bind {path} $t/{i}")
        lines.append(f"mount -t tmpfs -o mode=755 tmpfs {folder}")
        for i, path in enumerate(inside):
            lines.append(f"mkdir -p {path} && mount --move $t/{i} {path}")
        mounts += [str(folder), *map(str, inside)]
    lines.append("mount -t tmpfs -o mode=1777 tmpfs /dev/shm")
    if sealed:
        mounts.append("/dev/shm")
    for mount in mounts:
        lines.append(f"mount -o remount,bind,ro {mount}")
    lines.append(f"cd {ROOT}")
    user = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", "--no-new-privs"]
    lines.append("exec " + shlex.join([*user, *command]))
    return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]


def _can_lock() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    tried = subprocess.run(_in_a_locked_room(["true"], True), capture_output=True, check=False)
    return tried.returncode == 0


@contextmanager
def locked(
    program: list[str], log: Path, sealed: bool, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The program without HOME, with a folder for temporary files that is not there."""
    port = free_port()
    given = {"PATH": "/usr/bin:/bin", "TMPDIR": "/nowhere", "TWINLABEL_PORT": str(port)}
    command = _in_a_locked_room([sys.executable, *program], sealed)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**given, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{url}/healthz")
                break
            except httpx.TransportError:
                if process.poll() is not None:
                    break
                time.sleep(0.1)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=20)


needs_a_lock = pytest.mark.skipif(
    not _can_lock(), reason="only root on Linux can make everything read-only for one process"
)


@pytest.mark.slow
@needs_a_lock
@pytest.mark.parametrize("program", [["app.py"], ["-m", "serve"]], ids=["page", "REST"])
def test_it_works_from_memory(program: list[str], tmp_path: Path, test_pictures: Pictures) -> None:
    with locked(program, tmp_path / "log", sealed=False) as (url, _):
        picture = as_png(test_pictures)
        assert httpx.get(url, follow_redirects=True).status_code == 200
        assert httpx.post(f"{url}/v1/compare", content=picture).status_code == 200
        # Enough not to be kept in memory by the parsers of forms.
        large = as_png(test_pictures.repeat(50, 1).repeat(50, 2)) + bytes(2_000_000)
        form = {"file": ("large.png", large)}
        assert httpx.post(f"{url}/v1/compare", files=form, timeout=30).status_code == 200
        if program == ["app.py"]:
            sent = httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.png", picture)})
            assert sent.status_code == 200
        assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.slow
@needs_a_lock
@pytest.mark.parametrize("program", [["app.py"], ["-m", "serve"]], ids=["page", "REST"])
def test_without_memory_it_is_one_sentence(program: list[str], tmp_path: Path) -> None:
    with locked(program, tmp_path / "log", sealed=True) as (_, process):
        assert process.wait(timeout=30) == 1
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert said.count("twinlabel: no folder for temporary files can be written to") == 1
