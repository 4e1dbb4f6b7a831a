"""The OpenAPI document, and the page that shows it, in process."""

from __future__ import annotations

import asyncio
import json
import re

import httpx

from serve.rest.common.operation import Operation
from tests.serve.in_process import ask, rest


def test_every_reference_leads_to_a_schema_and_every_schema_is_used() -> None:
    document = ask(rest(), "GET", "/openapi.json").json()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named == set(document["components"]["schemas"])
    assert {"CompareAnswer", "InferRequest", "ErrorAnswer", "ProtocolError"} <= named


def test_every_route_is_described_but_those_of_the_documentation_itself() -> None:
    app = rest()
    described = ask(app, "GET", "/openapi.json").json()["paths"]
    hidden = {"/", ""}
    for route in app.routes:
        operation = getattr(route, "endpoint", None)
        if isinstance(operation, Operation) and not operation.documented:
            hidden.add(operation.path)
    # A path with a slash at its end is the same operation again.
    paths = {getattr(route, "path", "").rstrip("/") for route in app.routes} - hidden
    assert {path for path in paths if "{rest:path}" not in path} == {
        *described,
        "/docs",
        "/docs-assets",
        "/openapi.json",
    }


def test_under_a_path_of_a_larger_application_the_documentation_names_that_path() -> None:
    async def get(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(rest(), root_path="/twins")
        async with httpx.AsyncClient(transport=transport, base_url="http://in-process") as client:
            return await client.get(f"/twins{path}")

    page = asyncio.run(get("/docs")).text
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == [
        "/twins/docs-assets/swagger-ui.css",
        "/twins/docs-assets/favicon.png",
        "/twins/docs-assets/swagger-ui-bundle.js",
    ]
    assert 'url: "/twins/openapi.json"' in page
    assert asyncio.run(get("/openapi.json")).json()["servers"] == [{"url": "/twins"}]
