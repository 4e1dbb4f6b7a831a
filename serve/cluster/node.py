"""The environment of a Ray node, which has to be set before Ray is imported or started."""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "deploy" / "ray"
ONE_MACHINE = FILES / "one-machine.yaml"


def shared() -> dict[str, str]:
    """The variables that `deploy/ray/ray.env` sets on every node, on one machine and on many."""
    lines = shlex.split((FILES / "ray.env").read_text(encoding="utf-8"), comments=True)
    return dict(line.split("=", 1) for line in lines)


def on_loopback(folder: Path, given: dict[str, str]) -> dict[str, str]:
    """The variables of a node that nobody else can reach, whose files lie in `folder`.

    `given` is the environment so far. What it sets is kept, except for what opens a port to others.
    """
    stats, metrics, fallback = _free_ports(3)
    path = f"{Path(sys.executable).parent}:{given.get('PATH', '')}"
    return {
        **shared(),
        # HAProxy's files, which otherwise every user of the machine shares.
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        # Nobody listens there. By default every request is reported by UDP, to port 514.
        "RAY_SERVE_HAPROXY_LOG_TARGET": str(folder / "log.sock"),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback),
        "RAY_COLOR_PREFIX": "0",
        "RAY_DEDUP_LOGS": "0",
        **given,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(FILES / "haproxy"),
        # As on a Mac, where Ray uses no other machines: every one of its ports is on 127.0.0.1.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # Other users of this machine can connect to loopback, too.
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": given.get("RAY_AUTH_TOKEN") or secrets.token_hex(32),
    }


def _free_ports(number: int) -> Iterator[int]:
    """Different loopback ports that nothing listens on."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return iter([int(probe.getsockname()[1]) for probe in probes])
