"""Two replicas answer as one process does, and keep to this machine."""

from __future__ import annotations

import json
import socket
import threading
import time

import httpx
import psutil
import pytest

from harness.flood import OTHER, Connection, Message
from harness.pictures import Pictures, as_png
from harness.servers import BINARY, REST, running
from tests.serve.cluster.cluster import Cluster
from tests.serve.cluster.load import until

pytestmark = pytest.mark.slow
_NOT_OF_THE_DOCUMENT = "time_ms"


def test_nothing_listens_off_loopback(cluster: Cluster) -> None:
    processes = {p.pid: p for p in cluster.server.processes()}
    listening = [
        (processes[c.pid].name(), c.laddr.ip, c.laddr.port)
        for c in psutil.net_connections("inet")
        if c.laddr
        and c.pid in processes
        and (c.status == psutil.CONN_LISTEN or c.type.name == "SOCK_DGRAM")
    ]
    ports = {port for _, ip, port in listening if ip.removeprefix("::ffff:") == "127.0.0.1"}
    assert int(cluster.url.rsplit(":", 1)[1]) in ports
    assert len(ports) > 10
    assert [one for one in listening if one[2] not in ports] == []


def test_documents_are_those_of_a_single_process(cluster: Cluster, test_pictures: Pictures) -> None:
    bodies = [as_png(test_pictures, i) for i in range(20)]
    with running(REST) as alone:
        for body in bodies:
            here, there = (
                httpx.post(f"{url}/v1/compare?coverage=0.9&t_hard=fitted", content=body).json()
                for url in (cluster.url, alone.url)
            )
            assert here.pop(_NOT_OF_THE_DOCUMENT)
            assert there.pop(_NOT_OF_THE_DOCUMENT)
            assert here == there
        for path in ("/openapi.json", "/docs", "/v2", "/v2/models/hard", "/v1/nothing"):
            assert httpx.get(cluster.url + path).text == httpx.get(alone.url + path).text


def test_each_replica_shows_its_own_counts(cluster: Cluster) -> None:
    assert len(cluster.names()) == 2
    for _ in range(10):
        lines = httpx.get(f"{cluster.url}/metrics", headers={"connection": "close"}).text
        samples = [line for line in lines.splitlines() if not line.startswith("#")]
        assert len({line.split('replica="')[1].split('"')[0] for line in samples}) == 1


def test_a_request_has_one_id(cluster: Cluster) -> None:
    def ids(**headers: str) -> list[str]:
        answer = httpx.get(f"{cluster.url}/healthz", headers=headers)
        return answer.headers.get_list("x-request-id")

    assert ids(**{"x-request-id": "abc-1"}) == ["abc-1"]
    for given in ({}, {"x-request-id": "a b"}):
        (found,) = ids(**given)
        assert found.isalnum()


def test_what_replicas_log_is_printed(cluster: Cluster, test_pictures: Pictures) -> None:
    httpx.post(
        f"{cluster.url}/v1/compare",
        files={"file": ("secret-name.png", as_png(test_pictures))},
        headers={"x-request-id": "logged-1"},
    )
    until(lambda: "logged-1" in cluster.server.printed(), 30, "the line of the request is printed")
    (line,) = [x for x in cluster.server.printed().splitlines() if "logged-1" in x]
    assert '"route": "/v1/compare", "status": 200' in line
    assert "secret-name" not in cluster.server.printed()


@pytest.mark.parametrize("sent", [b"x: ", b"content-length: 9999\r\n\r\nabc"])
def test_a_client_that_stalls_is_cut_off(cluster: Cluster, sent: bytes) -> None:
    host, port = cluster.url.removeprefix("http://").split(":")
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall(b"POST /v1/compare HTTP/1.1\r\nhost: a\r\n" + sent)
        answer = slow.makefile("rb").read()
    assert time.monotonic() - started < 20
    assert answer.startswith(b"HTTP/1.1 408 ")
    if sent.startswith(b"content-length"):
        assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "too_slow"


@pytest.mark.skipif(OTHER is None, reason="only Linux has a second loopback address")
def test_clients_are_told_apart_and_cannot_pretend(
    cluster: Cluster, test_pictures: Pictures
) -> None:
    """One client fills the room for its single pictures, and another one finds room."""
    picture = as_png(test_pictures)
    pretending = Message("/v1/compare", picture, {**BINARY, "x-forwarded-for": "10.1.2.3"})
    statuses: list[int] = []
    ended = threading.Event()

    def flood() -> None:
        connection = Connection(cluster.url, OTHER)
        while not ended.is_set():
            statuses.append(connection.send(pretending).status)

    # Each replica has room for 256 pictures of one client.
    threads = [threading.Thread(target=flood) for _ in range(600)]
    for thread in threads:
        thread.start()
    own = Connection(cluster.url)
    answers = [own.send(Message("/v1/compare", picture, BINARY)).status for _ in range(10)]
    ended.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200, 503}
    assert answers == [200] * 10
