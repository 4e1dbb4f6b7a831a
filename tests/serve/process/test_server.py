"""How the server starts and ends: SIGTERM, a port that is taken, and wrong options."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from harness.environment import clean_environment
from harness.paths import ROOT
from harness.servers import REST, WITH_PAGE, running
from tests.conftest import Published


def test_sigterm_ends_it_within_five_seconds_with_streams_open(
    tiny_pair: Published, tmp_path: Path
) -> None:
    with running(WITH_PAGE, log=tmp_path / "log", TWINLABEL_MODELS=str(tiny_pair.folder)) as server:
        session = {"session_hash": "open"}
        with httpx.Client(timeout=20) as client:
            url = f"{server.url}/gradio_api/heartbeat/open"
            with client.stream("GET", url, params=session) as stream:
                assert stream.status_code == 200
                started = time.monotonic()
                server.process.send_signal(signal.SIGTERM)
                server.process.wait(timeout=20)
                assert time.monotonic() - started < 5
        assert "Traceback" not in server.printed()


def test_a_taken_port_is_one_line(tiny_pair: Published, tmp_path: Path) -> None:
    """The second server ends with one line, and the server that has the port goes on."""
    with running(WITH_PAGE, log=tmp_path / "log", TWINLABEL_MODELS=str(tiny_pair.folder)) as first:
        port = first.url.rsplit(":", 1)[1]
        # Not with `running`: it would take an answer of the first server for the second's.
        second = subprocess.run(
            WITH_PAGE.command_for(int(port)),
            cwd=ROOT,
            env=clean_environment() | {"TWINLABEL_PORT": port},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert re.search(f"port {port} .* set TWINLABEL_HOST or", second.stderr)
        assert second.stderr.count("twinlabel: ") == 1
        assert len(second.stderr.strip().splitlines()) == 1
        assert httpx.get(f"{first.url}/healthz").status_code == 200


def test_an_option_is_refused_and_help_names_the_settings() -> None:
    def serve(option: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "serve", option]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    refused = serve("--port=1")
    assert refused.returncode == 2
    assert "unrecognized arguments: --port=1" in refused.stderr
    assert "TWINLABEL_PORT" in serve("--help").stdout


def test_a_request_on_its_way_is_answered_while_the_server_ends(
    tiny_pair: Published, tmp_path: Path
) -> None:
    """On connections without a request so far, and with the first half of one."""
    with running(REST, log=tmp_path / "log", TWINLABEL_MODELS=str(tiny_pair.folder)) as server:
        host, port = server.url.removeprefix("http://").split(":")
        fresh, half = (socket.create_connection((host, int(port)), timeout=10) for _ in range(2))
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
        httpx.get(f"{server.url}/healthz")  # by now, both connections are accepted
        server.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while "Shutting down" not in server.printed():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        fresh.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        half.sendall(b"\r\n")
        for connection in (fresh, half):
            answer = b"".join(iter(lambda c=connection: c.recv(65536), b""))  # type: ignore[misc]
            assert answer.startswith(b"HTTP/1.1 200")
            assert b"\r\nconnection: close\r\n" in answer
            connection.close()
        assert server.process.wait(timeout=20) in (0, -signal.SIGTERM)
