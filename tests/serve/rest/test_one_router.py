"""There is one way in: what is added to the application holds for every route of REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contract.errors import UserError
from harness.pictures import Pictures, as_png
from serve.rest.common.operation import Operation
from tests.serve.in_process import ask, rest

CallNext = Callable[[Request], Awaitable[Response]]


def requests(app: Starlette) -> list[tuple[str, str]]:
    """The method and a path for every route of REST, also for those that only answer errors."""
    values = {"{name}": "hard", "{number}": "1", "{rest:path}": "x"}
    found = []
    for route in app.routes:
        if not isinstance(route, Route):
            continue  # the files of Swagger UI
        path = route.path
        for parameter, value in values.items():
            path = path.replace(parameter, value)
        found += [(method, path) for method in sorted(route.methods or ("GET", "POST"))]
    return found


def test_a_middleware_added_later_sees_every_request(test_pictures: Pictures) -> None:
    seen: list[tuple[str, str]] = []

    async def note(request: Request, call_next: CallNext) -> Response:
        seen.append((request.method, request.url.path))
        return await call_next(request)

    app = rest()
    app.add_middleware(BaseHTTPMiddleware, dispatch=note)
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


def test_a_middleware_added_later_can_answer_every_request() -> None:
    async def stop(_request: Request, _call_next: CallNext) -> Response:
        return PlainTextResponse("stopped", 418)

    app = rest()
    app.add_middleware(BaseHTTPMiddleware, dispatch=stop)
    for method, path in requests(app):
        response = ask(app, method, path, content=b"no picture")
        assert response.status_code == 418, (method, path)
        assert response.text == ("" if method == "HEAD" else "stopped")
        assert response.headers["x-request-id"]


def test_an_exception_handler_added_later_is_honoured_on_every_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each endpoint, and each route that only answers errors, is made to raise an error."""

    async def teapot(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("mine", 418)

    async def fail(_request: Request) -> Response:
        raise UserError("an error")

    app = rest()
    for kind in (UserError, HTTPException):
        app.add_exception_handler(kind, teapot)
    for route in app.routes:
        operation = getattr(route, "endpoint", None)
        if isinstance(operation, Operation):
            monkeypatch.setitem(vars(operation), "endpoint", fail)
    for method, path in requests(app):
        if path in ("/docs", "/openapi.json"):
            continue  # they cannot fail
        response = ask(app, method, path, content=b"no picture")
        assert response.status_code == 418, (method, path)
        assert response.text == ("" if method == "HEAD" else "mine")


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"])
def test_an_exception_handler_added_later_is_honoured(path: str) -> None:
    async def teapot(_request: Request, _error: Exception) -> Response:
        return PlainTextResponse("mine", 418)

    app = rest()
    app.add_exception_handler(UserError, teapot)
    response = ask(app, "POST", path, content=b"no picture")
    assert (response.status_code, response.text) == (418, "mine")
