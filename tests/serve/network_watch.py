"""Runs a program in a network of its own, and reports what it tried to reach.

`unshare --net python -m tests.serve.network_watch SECONDS PORT COMMAND...` prints one line of JSON.
There is only the loopback device, so whatever looks for another host, or for a name, meets an
error. The kernel counts these errors, and all datagrams, for each network.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_WATCHED = (
    "Ip.OutNoRoutes",
    "Udp.OutDatagrams",
    "Udp.NoPorts",
    "Tcp.ActiveOpens",
    "Ip6OutNoRoutes",
    "Udp6OutDatagrams",
)


def main() -> None:
    """Start the command, ask it once the time is nearly over, and print what was counted."""
    seconds, port, *command = sys.argv[1:]
    _loopback_up()
    before = counters()
    server = subprocess.Popen(command)
    deadline = time.monotonic() + float(seconds)
    asked = 0
    status = 0
    while time.monotonic() < deadline and server.poll() is None:
        time.sleep(min(5.0, max(0.0, deadline - time.monotonic())))
        asked += 1
        status = _asked(int(port)) or status
    ended = server.poll()
    after = counters()
    server.terminate()
    server.wait(timeout=20)
    found = {name: after[name] - before[name] for name in _WATCHED}
    # Each of our own questions opens one connection.
    found["Tcp.ActiveOpens"] -= asked
    print(json.dumps({"ended": ended, "status": status, "counted": found}))


def counters() -> dict[str, int]:
    """What the kernel has counted in this network since it was made, by name."""
    found: dict[str, int] = {}
    lines = Path("/proc/net/snmp").read_text().splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        kind, *columns = names.split()
        numbers = values.split()[1:]
        found |= {
            f"{kind.removesuffix(':')}.{column}": int(number)
            for column, number in zip(columns, numbers, strict=True)
        }
    six = Path("/proc/net/snmp6")
    pairs = [line.split() for line in six.read_text().splitlines()] if six.exists() else []
    found |= {name: int(number) for name, number in pairs}
    return {name: found.get(name, 0) for name in _WATCHED}


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", _IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)


def _asked(port: int) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return int(answer.status)
    except OSError:
        return 0


if __name__ == "__main__":
    main()
