"""What the MCP tool takes for a picture. A real client calls it in `make space-check`."""

from __future__ import annotations

import base64
import sys
from functools import cache
from typing import Any

import pytest
from starlette.applications import Starlette

from contract.pictures.errors import UnknownFormat
from harness.pictures import Pictures, as_png
from serve import mcp_tool
from serve.errors import RequestError
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from tests.contract.pictures.files import read
from tests.serve.in_process import ask, pair, rest

ADDRESSES = (
    "http://127.0.0.1:1/a.png",
    "https://example.org/a.png",
    "HTTP://example.org/a.png",
    "file:///etc/hostname",
    "file:/etc/hostname",
    "ftp://example.org/a.png",
    " https://example.org/a.png",
)


@cache
def comparer() -> Comparer:
    return Comparer(Engine(pair()))


def results(picture: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mcp_tool.document_of(comparer(), picture)["results"]
    return found


def test_base64_is_taken_alone_and_as_a_data_url(test_pictures: Pictures) -> None:
    content = as_png(test_pictures)
    plain = base64.b64encode(content).decode()
    lines = "\r\n".join(plain[start : start + 76] for start in range(0, len(plain), 76))
    expected = results(plain)
    assert expected[0]["models"]
    for picture in (
        lines,
        plain.rstrip("="),
        base64.urlsafe_b64encode(content).decode(),
        f"data:image/png;base64,{plain}",
        f"data:image/png;name=a.png;base64,{lines}\n",
    ):
        assert results(picture) == expected


def test_a_picture_that_is_cut_short_has_the_note_that_rest_gives() -> None:
    content = read("last-2-bytes-missing.jpg")
    asked = ask(rest(), "POST", "/v1/compare", content=content).json()["results"]
    found = results(base64.b64encode(content).decode())
    assert found[0]["notes"] == asked[0]["notes"] != []


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_refused_in_the_words_of_rest(address: str) -> None:
    refused = ask(rest(), "POST", "/v1/models/hard", json={"inputs": address})
    assert refused.status_code == 400
    said = refused.json()["error"]["message"]
    assert "a URL is not opened" in said
    with pytest.raises(RequestError) as raised:
        results(address)
    assert raised.value.message == said.replace("inputs", "picture", 1)


@pytest.mark.parametrize("other", ["/etc/hostname", "photo.png", "a b c d!", "é"])
def test_what_is_not_base64_is_refused_in_words(other: str) -> None:
    with pytest.raises(RequestError, match=r"picture is not base64; .*neither a path nor a URL"):
        results(other)


def test_a_path_that_could_be_base64_is_not_opened() -> None:
    """Every letter and the slash are digits of base64, so this one decodes, but to no picture."""
    with pytest.raises(UnknownFormat):
        results("/etc/hosts")


def test_without_the_package_nothing_is_offered_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)  # importing it fails
    monkeypatch.setitem(sys.modules, "mcp.server.streamable_http_manager", None)
    app = Starlette()
    of = comparer()
    caplog.clear()
    mcp_tool.add(app, of)
    assert app.routes == []
    assert capsys.readouterr() == ("", "")
    assert not caplog.records
