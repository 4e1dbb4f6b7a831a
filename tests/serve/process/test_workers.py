"""`python -m serve --workers 2`: one port, one set of metrics, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from harness.environment import clean_environment
from harness.paths import ROOT
from harness.pictures import Pictures, as_png
from harness.servers import BINARY, WORKERS, Server, free_port, running
from tests.conftest import Published

SECONDS = 30


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The server's folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def server(tiny_pair: Published, tmp_path: Path, temporary: Path) -> Iterator[Server]:
    """Two processes with the tiny pair, both of which have started."""
    with running(
        WORKERS,
        log=tmp_path / "log",
        TWINLABEL_MODELS=str(tiny_pair.folder),
        TMPDIR=str(temporary),
    ) as started:
        until(lambda: started.printed().count("Application startup complete") == 2)
        yield started


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail after `SECONDS`."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers(server: Server) -> list[psutil.Process]:
    """The processes that answer, without those that Python starts to help them."""
    started = [line for line in server.printed().splitlines() if "Started server process" in line]
    pids = {int(line.split("[")[1].rstrip("]")) for line in started}
    return [process for process in server.processes() if process.pid in pids]


def ask(server: Server, content: bytes) -> int:
    """The status of one comparison on a connection of its own."""
    return httpx.post(server.endpoint, content=content, headers=BINARY).status_code


def metric(server: Server, line: str) -> float:
    """The value of the one metric that starts with `line`."""
    text = httpx.get(f"{server.url}/metrics").text
    (found,) = [shown for shown in text.splitlines() if shown.startswith(line)]
    return float(found.rsplit(" ", 1)[1])


def compared(server: Server) -> float:
    """How many comparisons all processes together have counted."""
    return metric(server, 'twinlabel_requests_total{route="/v1/compare",status="200"}')


def test_both_answer_by_their_share_of_the_cpus_and_their_counts_are_added_up(
    server: Server, test_pictures: Pictures
) -> None:
    content = as_png(test_pictures)
    assert len(workers(server)) == 2
    share = str(max(1, len(os.sched_getaffinity(0)) // 2))
    assert {process.environ()["TWINLABEL_THREADS"] for process in workers(server)} == {share}
    before = [sum(process.cpu_times()[:2]) for process in workers(server)]
    total = 0

    def both_have_worked() -> bool:
        nonlocal total
        for _ in range(20):
            assert ask(server, content) == 200
        total += 20
        now = [sum(process.cpu_times()[:2]) for process in workers(server)]
        return all(late > early for early, late in zip(before, now, strict=True))

    until(both_have_worked)
    # Whichever process is asked says the same.
    assert {compared(server) for _ in range(10)} == {total}
    assert metric(server, "twinlabel_device_info") == 1
    assert metric(server, "twinlabel_pictures_under_way") == 0


def test_a_process_that_was_killed_is_replaced_and_what_it_counted_stays(
    server: Server, test_pictures: Pictures
) -> None:
    content = as_png(test_pictures)
    for _ in range(20):
        assert ask(server, content) == 200
    victim = workers(server)[0]
    victim.kill()
    until(lambda: len(workers(server)) == 2 and victim not in workers(server))
    until(lambda: server.printed().count("Application startup complete") == 3)
    for _ in range(20):
        assert ask(server, content) == 200
    assert compared(server) == 40
    assert metric(server, "twinlabel_pictures_under_way") == 0


def test_sigterm_ends_all_of_them_and_leaves_nothing_behind(
    server: Server, temporary: Path
) -> None:
    everything = server.processes()
    assert list(temporary.iterdir())
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=SECONDS) == 0
    _, left = psutil.wait_procs(everything[1:], timeout=5)
    assert not left
    assert "Traceback" not in server.printed()
    assert not list(temporary.iterdir())


def test_they_end_with_their_supervisor(server: Server) -> None:
    theirs = workers(server)
    server.process.kill()
    _, left = psutil.wait_procs(theirs, timeout=SECONDS)
    assert not left


def test_sighup_brings_a_new_pair_and_fails_no_request(
    pair_copy: Path, test_pictures: Pictures, tmp_path: Path
) -> None:
    """`kill -HUP` after publishing: requests go on, first to the old pair and then to the new."""
    content = as_png(test_pictures)
    with running(WORKERS, log=tmp_path / "log", TWINLABEL_MODELS=str(pair_copy)) as server:
        until(lambda: server.printed().count("Application startup complete") == 2)
        statuses: list[int | str] = []
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set() and len(statuses) < 5000:
                try:
                    statuses.append(ask(server, content))
                except httpx.TransportError as error:
                    statuses.append(str(error))

        def version() -> int:
            return int(httpx.get(f"{server.url}/healthz").json()["version"])

        first = version()
        clients = [threading.Thread(target=load) for _ in range(2)]
        for client in clients:
            client.start()
        manifest = json.loads((pair_copy / "manifest.json").read_text())
        manifest["version"] = first + 1
        (pair_copy / "manifest.json").write_text(json.dumps(manifest))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: server.printed().count("Application startup complete") == 4)
        until(lambda: server.printed().count("Finished server process") == 2)
        stop.set()
        for client in clients:
            client.join()
        assert {version() for _ in range(10)} == {first + 1}
        assert set(statuses) == {200}


def test_a_pair_that_cannot_be_served_is_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        WORKERS.command,
        cwd=ROOT,
        env=clean_environment()
        | {"TWINLABEL_MODELS": str(tmp_path), "TWINLABEL_PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("twinlabel: ")]
    assert str(tmp_path) in line
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("count", ["0", "-1", "two", "65"])
def test_a_number_that_cannot_be_is_refused(count: str) -> None:
    command = [sys.executable, "-m", "serve", "--workers", count]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert f"{count!r} is not a whole number from 1 to 64" in ended.stderr
