"""Starts a real nginx on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SECONDS_TO_START = 10
_MAIN = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{sites}
}}
"""


@contextmanager
def running(sites: str, port: int, folder: Path) -> Iterator[Path]:
    """Run nginx with `sites` inside of `http`, until the end of the block; its log of errors.

    `folder` is made, and holds all that nginx writes. `port` is a loopback port that `sites` listen
    on. Raises `RuntimeError` with nginx's words if it does not start.
    """
    folder.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(_MAIN.format(folder=folder, sites=sites))
    log = folder / "error.log"
    command = [str(PROGRAM), "-p", str(folder), "-c", str(configuration)]
    with (folder / "printed").open("wb") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=printed)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {(folder / 'printed').read_text()}")
            time.sleep(0.05)
        yield log
    finally:
        process.terminate()
        process.wait(timeout=SECONDS_TO_START)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
