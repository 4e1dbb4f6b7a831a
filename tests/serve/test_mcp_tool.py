"""What the MCP tool takes for a picture. A real client calls it in `make space-check`."""

from __future__ import annotations

import base64
import sys

import pytest
from starlette.applications import Starlette

from contract.pictures import decoder
from contract.pictures.errors import PictureError
from harness.pictures import Pictures, as_png
from serve import mcp_tool
from serve.errors import NoPicture
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from tests.serve.in_process import pair

ADDRESSES = (
    "http://127.0.0.1:1/a.png",
    "https://example.org/a.png",
    "HTTP://example.org/a.png",
    "file:///etc/hostname",
    "file:/etc/hostname",
    "ftp://example.org/a.png",
    " https://example.org/a.png",
)


def test_base64_is_taken_alone_and_as_a_data_url(test_pictures: Pictures) -> None:
    content = as_png(test_pictures)
    plain = base64.b64encode(content).decode()
    lines = "\r\n".join(plain[start : start + 76] for start in range(0, len(plain), 76))
    for picture in (
        plain,
        lines,
        plain.rstrip("="),
        base64.urlsafe_b64encode(content).decode(),
        f"data:image/png;base64,{plain}",
        f"data:image/png;name=a.png;base64,{lines}\n",
    ):
        assert mcp_tool.content_of(picture) == content


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(NoPicture, match="this is an address, and the server opens none"):
        mcp_tool.content_of(address)


@pytest.mark.parametrize("other", ["/etc/hostname", "photo.png", "a b c d!", "data:,hello", "é"])
def test_what_is_not_base64_is_refused_in_words(other: str) -> None:
    with pytest.raises(NoPicture, match="this is not base64"):
        mcp_tool.content_of(other)


def test_a_path_that_could_be_base64_is_not_opened() -> None:
    """Every letter and the slash are digits of base64, so this one decodes, but to no picture."""
    assert mcp_tool.content_of("/etc/hosts") == base64.b64decode("/etc/hosts==")
    with pytest.raises(PictureError):
        decoder.decode(mcp_tool.content_of("/etc/hosts"))


def test_without_the_package_nothing_is_offered_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)  # importing it fails
    monkeypatch.setitem(sys.modules, "mcp.server.streamable_http_manager", None)
    app = Starlette()
    comparer = Comparer(Engine(pair(), 1))
    caplog.clear()
    mcp_tool.add(app, comparer)
    assert app.routes == []
    assert capsys.readouterr() == ("", "")
    assert not caplog.records
