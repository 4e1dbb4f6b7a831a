"""Clients that are too many, too slow, too greedy or gone: the server answers and goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from contract.twins import NAMES
from harness.pictures import Pictures, as_png
from harness.servers import WITH_PAGE, Server, running
from tests.conftest import Published


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def metric(server: Server, line: str) -> float:
    text = httpx.get(f"{server.url}/metrics").text
    return next((float(x.rsplit(" ", 1)[1]) for x in text.splitlines() if x.startswith(line)), 0.0)


def test_overload_is_refused_at_once_and_no_answer_is_wrong(
    tiny_pair: Published, test_pictures: Pictures, tmp_path: Path
) -> None:
    """100 clients send 500 requests to a queue of four. benchmarks/ has the full load."""
    with running(
        WITH_PAGE,
        log=tmp_path / "log",
        TWINLABEL_MODELS=str(tiny_pair.folder),
        TWINLABEL_MOST_WAITING="4",
    ) as server:
        url = f"{server.url}/v1/compare"
        pictures = [as_png(test_pictures, i) for i in range(20)]
        alone = [httpx.post(url, content=content).json()["results"] for content in pictures]
        found: list[tuple[int, httpx.Response]] = []

        async def client(client: httpx.AsyncClient, first: int) -> None:
            for i in range(first, first + 5):
                found.append((i % 20, await client.post(url, content=pictures[i % 20])))

        async def load() -> None:
            limits = httpx.Limits(max_connections=100)
            async with httpx.AsyncClient(timeout=60, limits=limits) as shared:
                await asyncio.gather(*(client(shared, i) for i in range(100)))

        asyncio.run(load())
        assert len(found) == 500
        answered = [(i, r.json()["results"]) for i, r in found if r.status_code == 200]
        refused = [r for _, r in found if r.status_code == 503]
        assert len(answered) + len(refused) == 500
        assert len(answered) > 10
        assert len(refused) > 10
        for response in refused:
            assert response.headers["retry-after"] == "1"
            assert response.json()["error"]["code"] == "overloaded"
        for i, (result,) in answered:
            for name in NAMES:
                expected = alone[i][0]["models"][name]
                assert result["models"][name]["label"] == expected["label"]
                assert result["models"][name]["probabilities"] == pytest.approx(
                    expected["probabilities"], abs=1e-5
                )
        assert metric(server, 'twinlabel_errors_total{code="overloaded"}') == len(refused)
        assert metric(server, "twinlabel_pictures_under_way") == 0
        assert httpx.get(server.url).status_code == 200


def test_sigterm_under_load_answers_what_was_accepted(
    tiny_pair: Published, test_pictures: Pictures, tmp_path: Path
) -> None:
    content = as_png(test_pictures)
    head = b"POST /v1/compare HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(content)
    with running(WITH_PAGE, log=tmp_path / "log", TWINLABEL_MODELS=str(tiny_pair.folder)) as server:
        accepted = [connect(server) for _ in range(20)]
        for one in accepted:
            one.sendall(head + content[:100])
        time.sleep(0.3)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(OSError, match=r"(?i)refused|reset"):
            connect(server).sendall(head)
        for one in accepted:
            one.sendall(content[100:])
        answers = [one.makefile("rb").readline() for one in accepted]
        assert server.process.wait(timeout=20) is not None
        assert time.monotonic() - started < 5
        assert answers == [b"HTTP/1.1 200 OK\r\n"] * 20
        assert "Traceback" not in server.printed()


@pytest.fixture
def new_log(server: Server) -> Callable[[], str]:
    """What the server printed since the test began.

    Other tests of the same server provoke errors of Gradio's before that.
    """
    before = len(server.printed())
    return lambda: server.printed()[before:]


def test_a_client_that_goes_away_leaves_nothing(
    server: Server, test_pictures: Pictures, new_log: Callable[[], str]
) -> None:
    for _ in range(20):
        with connect(server) as gone:
            gone.sendall(b"POST /v1/compare HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\nabc")
    with connect(server) as form:
        form.sendall(
            b"POST /v1/compare HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n"
            b"content-type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        )
    time.sleep(0.3)
    assert httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures)).status_code == 200
    assert "Traceback" not in new_log()


def test_slow_bodies_and_headers_are_cut_off(
    server: Server, test_pictures: Pictures, new_log: Callable[[], str]
) -> None:
    """The server gives both ten seconds before it cuts them off."""
    answers: dict[str, bytes] = {}

    def send(name: str, first: bytes) -> None:
        with connect(server) as slow:
            slow.sendall(first)
            answers[name] = slow.makefile("rb").read()

    heads = {
        "body": b"POST /v1/compare HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\nabc",
        "tensor": b"POST /v2/models/hard/infer HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\n{",
        "header": b"POST /v1/compare HTTP/1.1\r\nhost: a\r\nx: ",
        "nothing": b"",
    }
    started = time.monotonic()
    threads = [threading.Thread(target=send, args=item) for item in heads.items()]
    for thread in threads:
        thread.start()
    assert httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures)).status_code == 200
    for thread in threads:
        thread.join(timeout=30)
    assert time.monotonic() - started < 20
    assert answers["body"].startswith(b"HTTP/1.1 408 ")
    assert json.loads(answers["body"].split(b"\r\n\r\n")[1])["error"]["code"] == "too_slow"
    assert b'{"error":"only 1 bytes of the body arrived in 1' in answers["tensor"]
    assert answers["header"] == answers["nothing"] == b""
    assert "Traceback" not in new_log()


@pytest.mark.parametrize(
    "headers",
    [
        b"x: " + b"a" * 200_000,
        b"x: " + b"a" * 70_000,
        b"\r\n".join(b"x%d: %s" % (i, b"a" * 1000) for i in range(200)),
    ],
    ids=["one", "one in a piece", "many"],
)
def test_headers_too_large(server: Server, headers: bytes) -> None:
    with connect(server) as client:
        with contextlib.suppress(OSError):  # cut off while still sending
            client.sendall(b"GET /healthz HTTP/1.1\r\nhost: a\r\n" + headers + b"\r\n\r\n")
        first = client.makefile("rb").readline()
    assert first.startswith(b"HTTP/1.1 431 ")
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_after_an_early_answer_a_slow_body_holds_nothing(server: Server) -> None:
    with connect(server) as client:
        client.sendall(b"POST /v1/none HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\na")
        client.settimeout(10)
        answer = client.makefile("rb").read()  # returns because the server closed the connection
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"connection: close" in answer


def test_a_chunked_body_is_bounded_too(server: Server, new_log: Callable[[], str]) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(80):
            yield bytes(1_000_000)

    for path, code in (("/v1/compare", "too_large"), ("/v2/models/hard/infer", None)):
        try:
            response = httpx.post(f"{server.url}{path}", content=endless(), timeout=60)
        except httpx.TransportError:
            continue  # the connection was closed before the client could read the answer
        assert response.status_code == 413
        assert code is None or response.json()["error"]["code"] == code
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert "Traceback" not in new_log()


def test_headers_whose_end_comes_with_a_long_body(server: Server, test_pictures: Pictures) -> None:
    """A legal request: 10 kB of headers, and their last bytes together with 100 kB of body."""
    content = as_png(test_pictures) + bytes(100_000)
    head = b"POST /v1/compare HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\nx: %s\r\n\r\n" % (
        len(content),
        b"a" * 10_000,
    )
    for split in (len(head) - 3, len(head) - 1, 20, len(head)):
        with connect(server) as client:
            client.sendall(head[:split])
            time.sleep(0.1)
            client.sendall(head[split:] + content)
            assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def test_headers_too_large_carry_a_request_id(server: Server) -> None:
    with connect(server) as client:
        with contextlib.suppress(OSError):
            client.sendall(b"GET /healthz HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 70_000)
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"\r\nx-request-id: " in answer
