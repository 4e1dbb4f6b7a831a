"""A fourth dialect is one object and one line in the tuple: everything else follows from them."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from harness.pictures import Pictures, as_png
from serve import decoding
from serve.http.body_limits import Limits
from serve.rest import dialects
from serve.rest.common import bodies, dialect
from serve.rest.common.dialect import Context, Dialect
from serve.rest.common.operation import Answer, Operation
from tests.serve.in_process import ask, rest


def operations(context: Context) -> list[Operation]:
    async def label(request: Request) -> PlainTextResponse:
        content = await bodies.read_one(request)
        pixels = decoding.readable(await decoding.decode_all([content]))
        (comparison,) = await context.comparer.compare(pixels)
        return PlainTextResponse(comparison.models[request.path_params["name"]].label)

    return [Operation("POST", "/label/{name}", label, summary="One word", answers={200: Answer()})]


def error(code: str, message: str) -> dict[str, Any]:
    return {"fault": {"kind": code, "text": message}}


FOURTH = Dialect("one word", "/label/", operations, error)


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "DIALECTS", (*dialects.DIALECTS, FOURTH))


@pytest.fixture
def app(four: None) -> Starlette:  # noqa: ARG001
    return rest()


def test_its_route_answers_and_is_described(app: Starlette, test_pictures: Pictures) -> None:
    content = as_png(test_pictures)
    found = ask(app, "POST", "/label/hard", content=content)
    compared = ask(app, "POST", "/v1/compare", content=content).json()
    assert found.text == compared["results"][0]["models"]["hard"]["label"]
    assert found.headers["content-security-policy"]
    assert "/label/{name}" in ask(app, "GET", "/openapi.json").json()["paths"]


def test_its_errors_have_its_form(app: Starlette, test_pictures: Pictures) -> None:
    def kind(app: Starlette, method: str, path: str, **request: Any) -> tuple[int, str]:
        response = ask(app, method, path, **request)
        assert response.headers["x-request-id"]
        document = response.json()
        assert list(document) == ["fault"]
        assert document["fault"]["text"]
        return response.status_code, document["fault"]["kind"]

    async def chunked() -> AsyncIterator[bytes]:
        yield bytes(150)

    content = as_png(test_pictures)
    assert kind(app, "GET", "/label/") == (404, "not_found")
    assert kind(app, "GET", "/label/hard") == (405, "method_not_allowed")
    small = rest(limits=Limits(body=100))
    for large in (bytes(150), chunked()):
        assert kind(small, "POST", "/label/hard", content=large) == (413, "too_large")
    assert kind(rest(most_waiting=0), "POST", "/label/hard", content=content) == (503, "overloaded")
    fault = ask(app, "POST", "/label/harder", content=content)  # a KeyError in the route above
    assert (fault.status_code, fault.json()["fault"]["kind"]) == (500, "internal")
    # The other dialects keep their forms.
    assert ask(app, "GET", "/v1/nothing").json()["error"]["code"] == "not_found"
    assert isinstance(ask(app, "GET", "/v2/nothing").json()["error"], str)


def test_its_requests_are_counted_and_logged_by_route(
    app: Starlette, test_pictures: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "twinlabel.request"):
        ask(app, "POST", "/label/hard", content=as_png(test_pictures))
        ask(app, "GET", "/label/hard")
    logged = [
        json.loads(record.getMessage())
        for record in caplog.records
        if record.name == "twinlabel.request"
    ]
    assert [(line["route"], line["status"]) for line in logged] == [
        ("/label/{name}", 200),
        ("/label/{rest:path}", 405),
    ]
    text = ask(app, "GET", "/metrics").text
    assert 'twinlabel_requests_total{route="/label/{name}",status="200"} 1.0' in text
    assert 'twinlabel_errors_total{code="method_not_allowed"} 1.0' in text


def test_without_it_nothing_of_it_is_known() -> None:
    app = rest()
    response = ask(app, "POST", "/label/hard", content=b"x")
    assert (response.status_code, list(response.json())) == (404, ["error"])
    assert "content-security-policy" not in response.headers
    assert 'route="page",status="404"' in ask(app, "GET", "/metrics").text


def test_the_longest_prefix_decides() -> None:
    inner = Dialect("inner", "/v1/inner/", operations, error)
    for order in ((*dialects.DIALECTS, inner), (inner, *dialects.DIALECTS)):
        assert dialect.of_path("/v1/inner/x", order) is inner
        found = dialect.of_path("/v1/compare", order)
        assert found is not None
        assert found.prefix == "/v1/"
        assert dialect.of_path("/label/x", order) is None
