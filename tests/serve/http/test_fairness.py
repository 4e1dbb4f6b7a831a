"""One-picture requests beside a client that sends large ones, against the real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from benchmarks import fairness
from harness.flood import Connection, Message, flooding, tensors
from harness.pictures import Pictures, as_png
from harness.servers import BINARY, REST, Server, running


@pytest.fixture(scope="module")
def single(test_pictures: Pictures) -> Message:
    return Message("/v1/compare", as_png(test_pictures), BINARY)


@pytest.fixture(scope="module")
def alone(single: Message) -> Iterator[Server]:
    """A server of our own: the one that tests share should not be kept busy."""
    with running(REST, picture=single.body) as server:
        yield server


def test_beside_one_large_request_every_picture_is_answered(single: Message) -> None:
    assert fairness.beside_one_large(single) == 0


def test_a_client_in_a_loop_shuts_nobody_out(alone: Server, single: Message) -> None:
    connection = Connection(alone.url)
    with flooding(alone.url, "tensors", connections=8):
        time.sleep(0.3)
        answers = [connection.send(single) for _ in range(90)]
    assert sum(answer.status != 200 for answer in answers) <= 1


def test_large_requests_are_answered_beside_a_stream_of_pictures(
    alone: Server, single: Message
) -> None:
    ended = threading.Event()

    def stream() -> None:
        connection = Connection(alone.url)
        while not ended.is_set():
            connection.send(single)

    threads = [threading.Thread(target=stream) for _ in range(4)]
    for thread in threads:
        thread.start()
    answers = [Connection(alone.url).send(tensors(64)) for _ in range(2)]
    ended.set()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200, 200]


def test_what_a_client_has_left_is_dropped(alone: Server) -> None:
    def pictures_run() -> float:
        text = httpx.get(f"{alone.url}/metrics").text
        name = 'twinlabel_batch_pictures_sum{model="hard"} '
        return float(text.split(name)[1].split()[0])

    before = pictures_run()
    large = tensors()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(alone.url + large.path, content=large.body, headers=large.headers, timeout=0.15)
    deadline = time.monotonic() + 10
    while "twinlabel_pictures_under_way 0.0" not in httpx.get(f"{alone.url}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert pictures_run() - before < 256
