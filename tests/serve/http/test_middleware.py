"""The layer for headers, ids, log and metrics, in process and without any dialect."""

from __future__ import annotations

import json
import logging

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from serve.http.metrics import Metrics
from serve.http.outermost import Outermost
from tests.serve.in_process import ask

FORGED = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-for": "6.6.6.6",
    "forwarded": "host=evil.example",
    "x-real-ip": "6.6.6.6",
}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the headers that arrived."""
    await JSONResponse(dict(Request(scope).headers))(scope, receive, send)


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("a fault")


async def say_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """End without an answer, as for a client that went away."""


def test_forgeable_headers_are_dropped_unless_the_proxy_is_trusted() -> None:
    sent = {**FORGED, "x-other": "kept"}
    dropped = ask(Outermost(echo, Metrics(), ["/api"]), "GET", "/", headers=sent).json()
    assert not FORGED.keys() & dropped.keys()
    assert dropped["x-other"] == "kept"
    kept = ask(
        Outermost(echo, Metrics(), ["/api"], trust_proxy=True), "GET", "/", headers=sent
    ).json()
    assert sent.items() <= kept.items()


@pytest.mark.parametrize(("path", "is_api"), [("/api", True), ("/api/x", True), ("/", False)])
def test_answers_of_an_api_run_nothing_in_a_browser(path: str, is_api: bool) -> None:
    headers = ask(Outermost(echo, Metrics(), ["/api", "/other"]), "GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert ("content-security-policy" in headers) == is_api


def test_a_harmless_id_is_kept_and_any_other_is_replaced() -> None:
    app = Outermost(echo, Metrics(), ["/api"])

    def answered(given: str) -> str:
        return str(ask(app, "GET", "/", headers={"x-request-id": given}).headers["x-request-id"])

    assert answered("abc-1.2_3") == "abc-1.2_3"
    for bad in ("a" * 65, "a b", 'a"b', "<b>", ""):
        assert len(answered(bad)) == 16
    assert answered("") != answered("")


@pytest.mark.parametrize(
    ("app", "path", "route", "status"),
    [
        (echo, "/api/x", "none", 200),
        (echo, "/other", "page", 200),
        (fail, "/api/x", "none", 500),
        (say_nothing, "/api/x", "none", 499),
    ],
)
def test_every_request_is_counted_and_those_of_an_api_are_logged(
    app: ASGIApp, path: str, route: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics()
    observed = Outermost(app, metrics, ["/api"])
    with caplog.at_level(logging.INFO, "twinlabel.request"):
        if app is say_nothing:
            with pytest.raises(AssertionError):  # the client's: it got no answer
                ask(observed, "GET", path)
        else:
            ask(observed, "GET", path, headers={"x-request-id": "mine"})
    line = f'twinlabel_requests_total{{route="{route}",status="{status}"}} 1.0'
    assert line in metrics.text().decode()
    logged = [json.loads(record.getMessage()) for record in caplog.records]
    assert len(logged) == (route != "page")
    for found in logged:
        assert (found["method"], found["route"], found["status"]) == ("GET", route, status)
        assert found["ms"] >= 0


def test_what_is_watched_is_asked_for_at_each_scrape() -> None:
    metrics = Metrics()
    under_way = [3]
    metrics.watch(lambda: under_way[0], {"device": "cpu", "precision": "fp32"})
    assert "twinlabel_pictures_under_way 3.0" in metrics.text().decode()
    under_way[0] = 5
    assert "twinlabel_pictures_under_way 5.0" in metrics.text().decode()
    assert 'twinlabel_device_info{device="cpu",precision="fp32"} 1.0' in metrics.text().decode()
