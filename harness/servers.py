"""Starts a server on a free loopback port, waits for its first answer, and stops it at the end."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psutil

from harness.environment import clean_environment
from harness.paths import ROOT

PEERS = ROOT / "benchmarks" / "peers"
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
CLUSTER_PYTHON = ROOT / ".venv-cluster" / "bin" / "python"
SECONDS_TO_START = 60
SECONDS_TO_END = 20
BINARY = {"content-type": "application/octet-stream"}


@dataclass(frozen=True)
class Kind:
    """A kind of server: the command that starts it, and the path that accepts a picture."""

    name: str
    command: tuple[str, ...]
    path: str
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    """The status of the answer that says it has started; 503 where its models are to fail."""
    seconds_to_start: int = SECONDS_TO_START
    says: str = ""
    """What it prints once all of its processes are up, where one can answer before the others."""

    def command_for(self, port: int) -> list[str]:
        """The command line, with the port filled in."""
        return [part.format(port=port) for part in self.command]


REST = Kind("twinlabel", (sys.executable, "-m", "serve"), "/v1/compare")
INT8 = replace(REST, name="twinlabel, INT8", environment={"TWINLABEL_PRECISION": "int8"})
WORKERS = replace(REST, name="twinlabel, 2 workers", command=(*REST.command, "--workers", "2"))
WITH_PAGE = Kind("twinlabel, with the page", (sys.executable, "app.py"), "/v1/compare")
CLUSTER = Kind(
    "Ray Serve, our replicas",
    (str(CLUSTER_PYTHON), "-m", "serve.cluster"),
    "/v1/compare",
    # Ray starts a dozen processes one after another.
    seconds_to_start=300,
    says="twinlabel: http://",
)
FASTAPI = Kind(
    "FastAPI + thread pool", (str(PEERS_PYTHON), "fastapi_peer.py", "{port}"), "/predict", PEERS
)
LITSERVE = Kind("LitServe", (str(PEERS_PYTHON), "litserve_peer.py", "{port}"), "/predict", PEERS)


@dataclass
class Server:
    """A running server with all of its processes."""

    kind: Kind
    url: str
    """The server's URL without a path."""
    process: subprocess.Popen[bytes]
    log: Path | None
    """The file with all that the server prints, if that is kept."""
    first_answer: float = 0.0
    """The seconds from the start of the process to its first answer."""

    @property
    def endpoint(self) -> str:
        """The URL that accepts a picture."""
        return self.url + self.kind.path

    def printed(self) -> str:
        """What the server has printed so far."""
        return "" if self.log is None else self.log.read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """The server's process and all of its descendants."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """The CPU time of all the server's processes so far, in seconds."""
        times = [process.cpu_times() for process in self.processes()]
        return float(sum(t.user + t.system for t in times))

    def memory(self) -> int:
        """The current memory that each process shares with no other, in bytes, summed."""
        return sum(int(process.memory_full_info().uss) for process in self.processes())

    def peak_memory(self) -> int:
        """The largest resident size of each process so far, in bytes, summed."""
        total = 0
        for process in self.processes():
            status = Path(f"/proc/{process.pid}/status").read_text()
            line = next(x for x in status.splitlines() if x.startswith("VmHWM"))
            total += 1024 * int(line.split()[1])
        return total

    def descriptors(self) -> int:
        """The number of open file descriptors of all the server's processes."""
        return sum(process.num_fds() for process in self.processes())


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    kind: Kind, *, log: Path | None = None, picture: bytes | None = None, **environment: str
) -> Iterator[Server]:
    """Start a server, and wait until it answers `picture`, or a health check without one.

    `environment` is added to a clean environment. Raises `RuntimeError` with the server's output if
    it does not start.
    """
    port = free_port()
    if log is None and kind.says:
        with (
            tempfile.TemporaryDirectory() as folder,
            running(kind, log=Path(folder) / "log", picture=picture, **environment) as server,
        ):
            yield server
        return
    settings = {"TWINLABEL_PORT": str(port), **kind.environment, **environment}
    if log is None:
        settings.setdefault("TWINLABEL_LOG_LEVEL", "warning")
    output = subprocess.DEVNULL if log is None else log.open("wb")
    started = time.perf_counter()
    try:
        process = subprocess.Popen(
            kind.command_for(port),
            cwd=kind.folder,
            env={**clean_environment(), **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    finally:
        if not isinstance(output, int):
            output.close()
    server = Server(kind, f"http://127.0.0.1:{port}", process, log)
    try:
        _wait(server, picture)
        server.first_answer = time.perf_counter() - started
        yield server
    finally:
        _end(server)


def _wait(server: Server, picture: bytes | None) -> None:
    deadline = time.monotonic() + server.kind.seconds_to_start
    with httpx.Client(timeout=30, trust_env=False) as client:
        while time.monotonic() < deadline:
            if server.process.poll() is not None:
                break
            try:
                if picture is None:
                    answer = client.get(f"{server.url}/healthz")
                else:
                    answer = client.post(server.endpoint, content=picture, headers=BINARY)
                answered = answer.status_code == server.kind.status
                if answered and server.kind.says in server.printed():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.005)
    raise RuntimeError(f"{server.kind.name} did not start; it printed:\n{server.printed()}")


def _end(server: Server) -> None:
    """Stop the server and its children, because LitServe's outlive their parent."""
    if server.process.poll() is not None:
        return
    processes = server.processes()
    server.process.terminate()
    _, left = psutil.wait_procs(processes, timeout=SECONDS_TO_END)
    for late in left:
        late.kill()
    server.process.wait(timeout=SECONDS_TO_END)
