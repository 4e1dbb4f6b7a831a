"""Starts a server for a benchmark, and reads what it costs: CPU time, memory, time to answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Kind:
    """A server: how to start it, given a port, and where it takes a picture."""

    name: str
    command: tuple[str, ...]
    path: str
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)

    def command_for(self, port: int) -> list[str]:
        return [part.format(port=port) for part in self.command]


OURS = Kind("twinlabel", (sys.executable, "-m", "serve"), "/v1/compare")
INT8 = replace(OURS, name="twinlabel, INT8", environment={"TWINLABEL_PRECISION": "int8"})
WITH_PAGE = Kind("twinlabel, with the page", (sys.executable, "app.py"), "/v1/compare")
FASTAPI = Kind(
    "FastAPI + thread pool", (str(PEERS_PYTHON), "fastapi_peer.py", "{port}"), "/predict", PEERS
)
LITSERVE = Kind("LitServe", (str(PEERS_PYTHON), "litserve_peer.py", "{port}"), "/predict", PEERS)


@dataclass
class Running:
    """A server that answers, with all of its processes."""

    url: str
    process: psutil.Process
    first_answer: float
    """Seconds from the start of the process to its first answer to a picture."""

    def _all(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        times = [process.cpu_times() for process in self._all()]
        return float(sum(t.user + t.system for t in times))

    def memory(self) -> int:
        """Bytes in RAM that no other process shares, now."""
        return sum(int(process.memory_full_info().uss) for process in self._all())

    def peak_memory(self) -> int:
        """The largest resident size so far, summed over its processes."""
        total = 0
        for process in self._all():
            status = Path(f"/proc/{process.pid}/status").read_text()
            line = next(x for x in status.splitlines() if x.startswith("VmHWM"))
            total += 1024 * int(line.split()[1])
        return total

    def descriptors(self) -> int:
        return sum(process.num_fds() for process in self._all())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(kind: Kind, picture: bytes, **environment: str) -> Iterator[Running]:
    """Start it, wait for its first answer to `picture`, and end it afterwards."""
    port = free_port()
    settings = {
        "TWINLABEL_PORT": str(port),
        "TWINLABEL_LOG_LEVEL": "warning",
        **kind.environment,
        **environment,
    }
    started = time.perf_counter()
    with subprocess.Popen(
        kind.command_for(port),
        cwd=kind.folder,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        url = f"http://127.0.0.1:{port}{kind.path}"
        try:
            _wait(url, picture, process)
            seconds = time.perf_counter() - started
            yield Running(url, psutil.Process(process.pid), seconds)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """With its children: LitServe's outlive it."""
    found = psutil.Process(process.pid) if process.poll() is None else None
    all_of_it = [found, *found.children(recursive=True)] if found else []
    process.terminate()
    _, left = psutil.wait_procs(all_of_it, timeout=15)
    for late in left:
        late.kill()


def _wait(url: str, picture: bytes, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            answer = httpx.post(url, content=picture, headers=BINARY, timeout=30)
            if answer.status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.005)
    raise RuntimeError(f"{process.args!r} did not answer within {SECONDS_TO_START} s")


BINARY = {"content-type": "application/octet-stream"}
