"""Every error is an answer in the form of the dialect that was asked, with a request id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from contract.errors import UserError
from contract.pictures import errors as picture_errors
from harness.pictures import Pictures, as_png
from serve import errors
from serve.http.body_limits import Limits
from serve.rest import dialects
from serve.rest.common.error_answers import STATUS
from tests.serve.in_process import ask, pair, rest

ASKED = ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"]


@pytest.fixture(scope="module")
def app() -> Starlette:
    return rest()


def check(response: httpx.Response, status: int, code: str) -> str:
    """That the answer has the form of its dialect and an id. Gives the message."""
    assert response.status_code == status, response.text
    assert response.headers["x-request-id"]
    assert response.headers["content-security-policy"]
    document = response.json()
    assert list(document) == ["error"]
    if response.url.path.startswith("/v2"):
        message = document["error"]
    else:
        assert document["error"].pop("code") == code
        message = document["error"].pop("message")
        assert not document["error"]
    assert isinstance(message, str)
    assert len(message) > 20
    return message


def body(path: str, test_pictures: Pictures) -> dict[str, Any]:
    """A request that `path` answers with 200."""
    if not path.startswith("/v2"):
        return {"content": as_png(test_pictures)}
    tensor = {
        "name": "images",
        "shape": [1, 32, 32, 3],
        "datatype": "UINT8",
        "data": test_pictures[:1].tolist(),
    }
    return {"content": json.dumps({"inputs": [tensor]})}


@pytest.mark.parametrize("path", ASKED)
def test_each_dialect_answers(app: Starlette, path: str, test_pictures: Pictures) -> None:
    response = ask(app, "POST", path, **body(path, test_pictures))
    assert response.status_code == 200, response.text
    assert response.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v2/nothing", "/v2nothing"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_path(app: Starlette, method: str, path: str) -> None:
    message = check(ask(app, method, path), 404, "not_found")
    assert f"{method} {path}" in message


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/compare", "POST, PUT"),
        ("PATCH", "/v1/models/hard", "POST, PUT"),
        ("DELETE", "/v2/models/hard/infer", "POST"),
        ("POST", "/v2", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/metrics", "GET, HEAD"),
    ],
)
def test_another_method(app: Starlette, method: str, path: str, allowed: str) -> None:
    response = ask(app, method, path)
    check(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


def test_head_is_answered_wherever_get_is(app: Starlette) -> None:
    for path in ("/healthz", "/metrics", "/v2", "/v2/models/hard", "/docs", "/openapi.json"):
        assert ask(app, "HEAD", path).status_code == 200
    for path in ASKED:
        assert ask(app, "HEAD", path).status_code == 405
    assert ask(app, "HEAD", "/v1/nothing").status_code == 404


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("announced", [True, False])
def test_too_large(path: str, announced: bool) -> None:
    async def chunked() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(50)

    content = bytes(150) if announced else chunked()
    response = ask(rest(limits=Limits(body=100)), "POST", path, content=content)
    check(response, 413, "too_large")
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("path", ASKED)
def test_too_slow(path: str) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    response = ask(rest(limits=Limits(grace=0.05)), "POST", path, content=stalling())
    check(response, 408, "too_slow")
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("path", ASKED)
def test_too_many_bytes_under_way(path: str) -> None:
    response = ask(rest(limits=Limits(under_way=100)), "POST", path, content=bytes(150))
    check(response, 503, "overloaded")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize("path", ASKED)
def test_too_many_pictures_waiting(path: str, test_pictures: Pictures) -> None:
    response = ask(rest(most_waiting=0), "POST", path, **body(path, test_pictures))
    check(response, 503, "overloaded")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize("path", ["/v2/health/ready", "/v2/models/hard/ready"])
def test_not_warmed_up_yet(app: Starlette, path: str) -> None:
    check(ask(app, "GET", path), 503, "not_ready")


@pytest.mark.parametrize("path", ASKED)
def test_a_fault_of_the_server(
    path: str, test_pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that fails, with a secret in its exception."""

    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(type(pair()), "infer", fail)
    response = ask(rest(), "POST", path, **body(path, test_pictures))
    assert "secret" not in response.text
    check(response, 500, "internal")


def test_errors_are_counted_by_code() -> None:
    app = rest()
    for path in ("/v1/compare", "/v1/models/hard", "/v1/models/hard"):
        ask(app, "POST", path, content=b"no picture")
    ask(app, "GET", "/v2/nothing")
    text = ask(app, "GET", "/metrics").text
    assert 'twinlabel_errors_total{code="unknown_format"} 3.0' in text
    assert 'twinlabel_errors_total{code="not_found"} 1.0' in text


def test_every_error_of_a_request_has_a_status_and_subclasses_come_first() -> None:
    kinds = [
        kind
        for module in (errors, picture_errors)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, UserError)
    ]
    listed = [kind for kind, _ in STATUS]
    for kind in kinds:
        if kind not in (UserError, errors.StartupError):
            assert any(issubclass(kind, base) for base in listed), kind
    for place, kind in enumerate(listed):
        assert not any(issubclass(kind, earlier) for earlier in listed[:place]), kind


def test_the_dialects_have_names_of_their_own() -> None:
    names = [dialect.name for dialect in dialects.DIALECTS]
    assert len(set(names)) == len(names) == 3
