"""There is one way in: what is added to the application holds for every route of REST."""

from __future__ import annotations

from functools import partial

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.responses import PlainTextResponse, Response

from harness.pictures import Pictures, as_png
from serve.errors import ServeError
from serve.rest import application
from tests.serve.in_process import ask, rest


def requests(app: FastAPI) -> list[tuple[str, str]]:
    """The method and a path for every route of REST, also for those that only answer errors."""
    values = {"{name}": "hard", "{number}": "1", "{rest:path}": "x"}
    found = []
    for route in app.routes:
        if not isinstance(route, APIRoute) or route.path.startswith("/docs"):
            continue
        path = route.path
        for parameter, value in values.items():
            path = path.replace(parameter, value)
        found += [(method, path) for method in route.methods or ()]
    return found


def test_a_dependency_of_the_application_is_run_for_every_route(
    monkeypatch: pytest.MonkeyPatch, test_pictures: Pictures
) -> None:
    seen: list[tuple[str, str]] = []

    async def note(request: Request) -> None:
        seen.append((request.method, request.url.path))

    with_dependency = partial(FastAPIOffline, dependencies=[Depends(note)])
    monkeypatch.setattr(application, "FastAPIOffline", with_dependency)
    app = rest()
    expected = requests(app)
    assert {
        ("POST", "/v1/compare"),
        ("POST", "/v1/models/hard"),
        ("POST", "/v2/models/hard/infer"),
        ("GET", "/healthz"),
        ("GET", "/v1/x"),
    } <= set(expected)
    for method, path in expected:
        ask(app, method, path, content=as_png(test_pictures))
    assert seen == expected


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"])
def test_an_exception_handler_added_later_is_honoured(path: str) -> None:
    async def teapot(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("mine", 418)

    app = rest()
    app.add_exception_handler(ServeError, teapot)
    response = ask(app, "POST", path, content=b"no picture")
    assert (response.status_code, response.text) == (418, "mine")


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"])
def test_a_middleware_added_later_sees_every_request(path: str) -> None:
    app = rest()

    @app.middleware("http")
    async def stop(_request: Request, _call_next: object) -> Response:
        return PlainTextResponse("stopped", 418)

    assert ask(app, "POST", path, content=b"no picture").text == "stopped"
