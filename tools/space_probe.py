"""Asks a running server what a Space's visitors ask. Run by tools/space_check.py, in the Space's
own environment and folder: `python space_probe.py URL`.

Prints a line for each check, and ends with status 1 if one failed.
"""

from __future__ import annotations

import asyncio
import base64
import io
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import httpx
from gradio_client import Client, handle_file
from PIL import Image

_SHEET = Path("exported_models/gallery/sheet.png")
_SIDE = 32


def picture() -> bytes:
    """The gallery's first test picture, as PNG."""
    with Image.open(_SHEET) as sheet:
        packed = io.BytesIO()
        sheet.crop((0, 0, _SIDE, _SIDE)).save(packed, "PNG")
    return packed.getvalue()


def health(http: httpx.Client) -> None:
    """/healthz answers with our own JSON"""
    answer = http.get("/healthz")
    assert answer.headers["content-type"] == "application/json", answer.headers
    assert answer.json()["status"] == "ok", answer.text


def rest(http: httpx.Client) -> None:
    """/v1/compare answers for a picture"""
    (result,) = http.post("/v1/compare", content=picture()).raise_for_status().json()["results"]
    assert set(result["models"]) == {"hard", "smoothed"}, result


def page(http: httpx.Client) -> None:
    """the page is ours, and not rendered by Node"""
    answer = http.get("/").raise_for_status()
    assert 'property="og:title" content="Twinlabel"' in answer.text
    assert "window.gradio_config" in answer.text
    assert "x-powered-by" not in answer.headers


def gallery(http: httpx.Client) -> None:
    """the gallery's pictures are there"""
    assert http.get("/gallery.png").raise_for_status().content == _SHEET.read_bytes()


def cut_short() -> bytes:
    """A JPEG without its last bytes."""
    packed = io.BytesIO()
    Image.linear_gradient("L").save(packed, "JPEG")
    return packed.getvalue()[:-2]


def upload(http: httpx.Client) -> None:
    """an upload by gradio_client is answered as by REST"""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "picture.png"
        path.write_bytes(picture())
        client = Client(str(http.base_url), verbose=False, download_files=name)
        document = client.predict(handle_file(str(path)), api_name="/compare")
    asked = http.post("/v1/compare", content=picture()).json()
    assert document["results"] == asked["results"], document


def tool(http: httpx.Client) -> None:
    """an MCP client finds one tool, compare, and calls it"""
    asyncio.run(_tool(http))


async def _tool(http: httpx.Client) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(f"{http.base_url}/gradio_api/mcp/") as (incoming, outgoing, _),
        ClientSession(incoming, outgoing) as session,
    ):
        await session.initialize()
        assert [each.name for each in (await session.list_tools()).tools] == ["compare"]
        encoded = base64.b64encode(picture()).decode()
        for sent, content in (
            (picture(), encoded),
            (picture(), f"data:image/png;base64,{encoded}"),
            (cut_short(), base64.b64encode(cut_short()).decode()),
        ):
            asked = http.post("/v1/compare", content=sent).json()["results"]
            assert bool(asked[0]["notes"]) == (sent == cut_short()), asked
            answer = await session.call_tool("compare", {"picture": content})
            assert not answer.isError, answer
            assert answer.structuredContent["results"] == asked, answer
        for other in (f"{http.base_url}/gallery.png", "/etc/hostname", "file:///etc/hostname"):
            refused = await session.call_tool("compare", {"picture": other})
            assert refused.isError, refused
            assert "base64" in refused.content[0].text, refused


CHECKS: tuple[Callable[[httpx.Client], None], ...] = (health, rest, page, gallery, upload, tool)


def main(url: str) -> int:
    """The number of checks that failed."""
    failed = 0
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        for check in CHECKS:
            try:
                check(http)
            except Exception:  # the next checks are to run whatever went wrong
                failed += 1
                print(f"FAILED: {check.__doc__}\n{traceback.format_exc()}", flush=True)
            else:
                print(f"ok: {check.__doc__}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
