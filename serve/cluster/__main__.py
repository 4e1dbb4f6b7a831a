"""`python -m serve.cluster`: REST in several replicas, on a Ray cluster of this machine alone."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import sys
import tempfile
from pathlib import Path
from queue import SimpleQueue

from serve import settings
from serve.cluster import node
from serve.errors import StartupError
from serve.http import logs
from serve.process import server

_LOOPBACK = ("127.0.0.1", "localhost")
_LONGEST_FOLDER = 30
"""Letters: Ray's sockets lie deep below it, and their paths have at most 107."""


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; on SIGHUP, bring the replicas to what the config says now.

    If it cannot start, the process ends with status 1 and one line that says why.
    """
    parser = argparse.ArgumentParser(
        prog="python -m serve.cluster",
        description="Serve both models by REST in several replicas, on a Ray cluster of this "
        "machine alone. The settings are environment variables, which the README explains.",
    )
    parser.add_argument(
        "config", nargs="?", type=Path, default=node.ONE_MACHINE, help="a Serve config"
    )
    try:
        _run(parser.parse_args().config)
    except StartupError as error:
        sys.exit(f"twinlabel: {error}")


def _run(config: Path) -> None:
    chosen = settings.from_environment()
    _check_machine()
    if chosen.host not in _LOOPBACK:
        raise StartupError(
            f"TWINLABEL_HOST is {chosen.host!r}, and a cluster that is started so listens on "
            "127.0.0.1 alone; unset it, or start Ray on each machine as docs/cluster.md says"
        )
    server.check_free("127.0.0.1", chosen.port)
    logs.set_up(chosen.log_level)
    with tempfile.TemporaryDirectory(prefix="twinlabel-", dir=_short_folder()) as name:
        os.environ.update(node.on_loopback(Path(name), dict(os.environ)))
        from serve.cluster import local  # Ray reads the environment when it is imported

        wanted = local.read(config, "127.0.0.1", chosen.port)
        signals: SimpleQueue[int] = SimpleQueue()
        with local.cluster(Path(name), wanted):
            for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(one, lambda number, _frame: signals.put(number))
            local.bring_to(wanted)
            print(f"twinlabel: http://127.0.0.1:{chosen.port}/docs", flush=True)
            while signals.get() == signal.SIGHUP:
                try:
                    local.bring_to(local.read(config, "127.0.0.1", chosen.port))
                    print(f"twinlabel: all replicas are as {config} says", flush=True)
                except StartupError as error:
                    print(f"twinlabel: not updated: {error}", file=sys.stderr, flush=True)


def _check_machine() -> None:
    """Raise `StartupError` where Ray Serve cannot run with HAProxy."""
    if sys.platform != "linux":
        raise StartupError("Ray Serve has its HAProxy for Linux only; use `make demo` here")
    if importlib.util.find_spec("ray") is None:
        raise StartupError(
            "Ray is not installed here; run `make cluster`, which installs it on Linux with Python "
            "3.11 to 3.13"
        )


def _short_folder() -> str:
    folder = tempfile.gettempdir()
    return folder if len(folder) <= _LONGEST_FOLDER else "/tmp"


if __name__ == "__main__":
    main()
