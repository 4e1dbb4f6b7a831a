"""deploy/nginx before servers of REST: what it passes on and says itself, and who may end."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from harness import nginx
from harness.pictures import Pictures, as_png
from harness.servers import BINARY, Server, running
from serve.http.body_limits import Limits
from tests.deploy.sites import REST_BEHIND, SITE, in_front

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="there is no nginx here")
RETRIES = "proxy_next_upstream error timeout http_500 http_502 http_503 non_idempotent;"
REQUESTS, CLIENTS = 300, 6


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers of REST."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        yield [stack.enter_context(running(REST_BEHIND, log=folder / name)) for name in ("a", "b")]


@pytest.fixture(scope="module")
def url(two: list[Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx before both, which get the page's requests, too: they count those as the page's."""
    with in_front(two, tmp_path_factory.mktemp("nginx") / "it", page=two) as url:
        yield url


def test_every_path_of_rest_reaches_a_server_of_rest(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/healthz", "/v2", "/v2/health/ready", "/openapi.json"):
            assert client.get(path).status_code == 200, path
        shown = client.get("/docs")
        assert shown.status_code == 200
        assets = re.findall(r'(?:src|href)="([^"]+)"', shown.text)
        assert len(assets) >= 2
        for asset in assets:
            assert client.get(asset).status_code == 200, asset
        listed = client.get("/openapi.json").json()["paths"]
    location = re.search(r"location ~ (\S+) \{", SITE)
    assert location is not None
    assert [path for path in listed if not re.match(location[1], path)] == ["/metrics"]


def test_answers_and_errors_are_the_servers_own(
    url: str, two: list[Server], test_pictures: Pictures
) -> None:
    """Also the error of a picture of more than 20 MB. The id of the request is there once."""
    large = as_png(test_pictures) + bytes(20_000_000 - len(as_png(test_pictures)))
    for path, content, status in (
        ("/v1/compare", as_png(test_pictures), 200),
        ("/v1/compare", large, 200),
        ("/v1/compare", large + b"\0", 413),
        ("/v1/compare?t_hard=x", as_png(test_pictures), 400),
        ("/v1/compare", b"no picture", 415),
        ("/v1/models/hard", b"no picture", 415),
        ("/v1/models/other", as_png(test_pictures), 404),
        ("/v2/models/hard/infer", b"{}", 400),
        ("/v2/models/other/infer", b"{}", 404),
        ("/v1/nothing", b"", 404),
    ):
        got, own = (
            httpx.post(
                base + path,
                content=content,
                headers={**BINARY, "x-request-id": "mine"},
                trust_env=False,
                timeout=30,
            )
            for base in (url, two[0].url)
        )
        assert got.status_code == own.status_code == status, path
        assert got.headers.get_list("x-request-id") == ["mine"]
        assert _without_times(got.json()) == _without_times(own.json())
    for answer in (httpx.get(f"{url}/healthz"), httpx.get(f"{url}/v1/nothing")):
        assert len(answer.headers.get_list("x-request-id")) == 1


def _without_times(document: object) -> object:
    return re.sub(r'"\w*ms\w*": [\d.]+', "", json.dumps(document))


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"])
def test_a_body_over_the_limit_gets_the_servers_own_answer(
    url: str, two: list[Server], path: str
) -> None:
    """nginx gives it, before the body is sent, and in the form of the dialect."""
    one_too_many = Limits().body + 1
    by_nginx, by_the_server = (_announced(base, path, one_too_many) for base in (url, two[0].url))
    assert by_nginx.status_code == by_the_server.status_code == 413
    assert by_nginx.json() == by_the_server.json()
    for name in ("content-type", "x-request-id"):
        assert len(by_nginx.headers.get_list(name)) == len(by_the_server.headers.get_list(name))


def _announced(url: str, path: str, size: int) -> httpx.Response:
    """The answer to a request that announces a body of `size` bytes and sends none of it."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        received = b""
        while b"}" not in received:
            received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    pairs = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=pairs, content=body)


def test_what_a_client_claims_of_itself_is_not_passed_on(url: str) -> None:
    """Links are built from the host, and the address decides how much of a client's may wait."""
    forged = {
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-host": "evil.example",
        "x-forwarded-prefix": "/evil",
        "forwarded": "for=203.0.113.7",
    }
    shown = httpx.get(f"{url}/docs", headers=forged, trust_env=False)
    assert shown.status_code == 200
    assert "evil" not in shown.text + str(shown.headers)


def test_the_cookie_leads_a_visitor_to_one_server(url: str, two: list[Server]) -> None:
    """Each to one, and not all to the same. Who keeps no cookies is led by the address."""
    led: list[tuple[int, ...]] = []
    with httpx.Client(base_url=url, trust_env=False) as client:
        while len(set(led)) < 2:
            assert len(led) < 30, "thirty visitors were all led to the same server"
            given = client.get("/").headers["set-cookie"]
            client.cookies.clear()
            assert re.fullmatch("twinlabel=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax", given)
            led.append(_led(two, client, given.split(";")[0]))
            assert sorted(led[-1]) == [0, 6]
        # The first of these is led by the id that the cookie is about to have.
        assert 5 <= max(_led(two, client, "twinlabel=forged")) <= 6


def _led(servers: list[Server], client: httpx.Client, cookie: str) -> tuple[int, ...]:
    """How many of six requests with this cookie each server answers."""
    before = _page_requests(servers)
    for path in ("/", "/a", "/b", "/c", "/d", "/e"):
        answer = client.get(path, headers={"cookie": cookie})
        assert ("set-cookie" in answer.headers) == (path == "/" and "forged" in cookie)
        client.cookies.clear()
    now = _page_requests(servers)
    return tuple(b - a for a, b in zip(before, now, strict=True))


def _page_requests(servers: list[Server]) -> list[int]:
    """How many of the page's requests each server has answered."""
    found = []
    for server in servers:
        text = httpx.get(f"{server.url}/metrics", trust_env=False).text
        counts = re.findall(r'twinlabel_requests_total\{.*route="page".*\} ([\d.]+)', text)
        found.append(int(sum(map(float, counts))))
    return found


def test_where_no_server_answers_the_error_has_its_form(tmp_path: Path) -> None:
    with in_front([], tmp_path / "nginx") as url:
        ours = httpx.post(f"{url}/v1/compare", content=b"x", headers={"x-request-id": "mine"})
        theirs = httpx.post(f"{url}/v2/models/hard/infer", content=b"x")
        page = httpx.get(url)
    assert {each.status_code for each in (ours, theirs, page)} == {503}
    assert ours.json()["error"]["code"] == "not_ready"
    assert ours.headers.get_list("x-request-id") == ["mine"]
    assert isinstance(theirs.json()["error"], str)
    assert all("retry-after" in each.headers for each in (ours, theirs, page))
    assert page.headers["content-type"].startswith("text/plain")


def test_a_killed_server_loses_nothing_under_load(tmp_path: Path, test_pictures: Pictures) -> None:
    """And the control: without a second try, what goes to the server that is gone is lost."""
    picture = as_png(test_pictures)
    with running(REST_BEHIND) as first, running(REST_BEHIND) as second:
        with in_front([first, second], tmp_path / "nginx") as url:
            assert counted_while_it_ends(url, picture, first.process.kill) == {200: REQUESTS}
        assert first.process.wait(timeout=10) == -9
        with in_front([first, second], tmp_path / "once", _without_a_second_try) as url:
            answers = [httpx.post(f"{url}/v1/compare", content=picture) for _ in range(10)]
        assert {each.status_code for each in answers} == {200, 503}


def _without_a_second_try(site: str) -> str:
    assert RETRIES in site
    return site.replace(RETRIES, "proxy_next_upstream off;")


@pytest.mark.slow
def test_a_server_that_is_told_to_end_loses_nothing_under_load(
    tmp_path: Path, test_pictures: Pictures
) -> None:
    picture = as_png(test_pictures)
    with running(REST_BEHIND) as first, running(REST_BEHIND) as second:
        with in_front([first, second], tmp_path / "nginx") as url:
            assert counted_while_it_ends(url, picture, first.process.terminate) == {200: REQUESTS}
        assert first.process.wait(timeout=20) is not None


def counted_while_it_ends(url: str, picture: bytes, end: Callable[[], None]) -> Counter[int]:
    """How often each status was answered, 0 for none, with `end` called after a third of them."""
    numbers = iter(range(REQUESTS))
    lock = threading.Lock()

    def client() -> list[int]:
        answered: list[int] = []
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as session:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return answered
                if number == REQUESTS // 3:
                    end()
                try:
                    answer = session.post("/v1/compare", content=picture, headers=BINARY)
                    answered.append(answer.status_code)
                except httpx.TransportError:
                    answered.append(0)

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client) for _ in range(CLIENTS)]
        return Counter(status for each in clients for status in each.result())
