"""Several processes that accept connections on one port, under uvicorn's own supervisor.

Each has the models, an event loop, and its share of the CPUs. A process that ends is replaced, and
SIGHUP replaces all of them one after another, which brings a newly published pair into service.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any

import uvicorn
from prometheus_client import multiprocess
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from serve import cpus
from serve.errors import StartupError
from serve.http.metrics import SHARED_FOLDER
from serve.settings import Settings

log = logging.getLogger("twinlabel")

MOST = 64
"""The largest number of processes, far above what one port needs."""
SECONDS_TO_START = 120
_THREADS = "TWINLABEL_THREADS"


def run(application: str, count: int, chosen: Settings, how: dict[str, Any]) -> None:
    """Run `count` processes until SIGTERM or Ctrl-C.

    Each serves what the function `application` (`module:function`) makes in it; `how` is what
    uvicorn is told. Ends this process with status 1 if the first of them cannot start, which has
    said why by then.
    """
    # A worker learns its share and the folder of the metrics from its environment.
    os.environ[_THREADS] = str(chosen.threads or max(1, cpus.available() // count))
    with tempfile.TemporaryDirectory(prefix="twinlabel-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        config = uvicorn.Config(application, factory=True, workers=count, **how)
        supervisor = _Supervisor(config, [config.bind_socket()])
        supervisor.run()
    if supervisor.failed:
        sys.exit(1)


def in_a_worker(make: Callable[[], ASGIApp]) -> ASGIApp:
    """What `make` makes, in a process that ends when the supervisor is gone.

    Ends this process with one line if it raises `StartupError`.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    try:
        return make()
    except StartupError as error:
        sys.exit(f"twinlabel: {error}")


def _end_with(sentinel: int) -> None:
    """Ask this process to end once the process of `sentinel` has ended, whatever ended that.

    Otherwise workers whose supervisor was killed would hold the port, and nobody could end them.
    """
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


class _Supervisor(Multiprocess):
    """uvicorn's supervisor, which starts one process first to see whether the others could."""

    def __init__(self, config: uvicorn.Config, sockets: list[Any]) -> None:
        super().__init__(config, sockets)
        self.failed = False
        """Whether the first process could not start."""

    def init_processes(self) -> None:
        self.processes_num = 1
        super().init_processes()
        first = self.processes[0]
        while not first.wait_until_ready(SECONDS_TO_START):
            if first.process.is_alive():
                log.warning("the first process has not started after %d s", SECONDS_TO_START)
                continue
            self.failed = not self.signal_queue
            self.should_exit.set()
            return
        self.processes_num = self.config.workers - 1
        super().init_processes()
        self.processes_num = self.config.workers

    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            # What it had counted stays; what it was doing does not.
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
