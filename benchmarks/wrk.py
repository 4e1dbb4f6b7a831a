"""Load from wrk (https://github.com/wg/wrk), which uses little of the CPU that the server needs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
local file = assert(io.open("{picture}", "rb"))
wrk.method = "POST"
wrk.body = file:read("*all")
wrk.headers["Content-Type"] = "application/octet-stream"
done = function(summary, latency, requests)
  io.write(string.format(
    '\\nJSON {{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "bad": %d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """The result of one load. `p50` and `p99` are in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """The requests a second."""
        return self.requests / self.seconds


def load(url: str, picture: bytes, clients: int, seconds: int) -> Load:
    """Load `url` with `clients` that each send the next request when they have an answer.

    Raises `SystemExit` if wrk is not installed, and `RuntimeError` if requests failed.
    """
    program = shutil.which("wrk")
    if program is None:
        sys.exit(
            "bench: wrk, which makes the load, is missing; install it (Debian: apt install wrk)"
        )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "picture").write_bytes(picture)
        script = Path(folder) / "post.lua"
        script.write_text(_SCRIPT.format(picture=Path(folder) / "picture"))
        done = subprocess.run(
            [
                *(program, "-t1", f"-c{clients}", f"-d{seconds}s"),
                *("--timeout", "20s", "-s", str(script), url),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    line = next(x for x in done.stdout.splitlines() if x.startswith("JSON "))
    found = json.loads(line.removeprefix("JSON "))
    if found["bad"]:
        raise RuntimeError(f"{found['bad']} of {found['requests']} requests to {url} failed")
    return Load(
        found["requests"], found["microseconds"] / 1e6, found["p50"] / 1e3, found["p99"] / 1e3
    )
