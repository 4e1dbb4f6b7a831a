"""The tool `compare` for clients of the Model Context Protocol, if the package `mcp` is installed.

A Space has the package. Gradio can make such tools of a page's events, but its tools open any
address that a client names, and call back to whatever host the client's request claims. This one
takes the picture itself.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from contract.pictures import decoder
from serve import lifespan
from serve.inference.compare import Comparer, milliseconds_since
from serve.inference.document import answer, as_document, result_of
from serve.rest.common import base64_text

PATH = "/gradio_api/mcp"
"""Where clients look for the tools of a Gradio page; Spaces link to it."""
NAME = "compare"
DESCRIPTION = (
    "Classify a picture with two CIFAR-10 models that differ only in label smoothing, and compare "
    "how confident they are. Each model answers with one of ten classes, whatever the picture "
    "shows. Returns each model's ten probabilities, its answer, its confidence, how often answers "
    "like it were right on test pictures, and notes if only a part of the picture could be read."
)
SCHEMA = {
    "type": "object",
    "properties": {
        "picture": {
            "type": "string",
            "description": "The content of a picture file in base64, either alone or as a data URL "
            f"such as data:image/png;base64,iVBOR... Readable are {decoder.READABLE}. Not a path "
            "and not a web address: the server opens neither.",
        }
    },
    "required": ["picture"],
    "additionalProperties": False,
}
_HERE = (
    "This is the endpoint of an MCP server with one tool, compare. Give this address to an MCP "
    "client; it sends POST requests.\n"
)
# Pictures decoded at a time, so that the tool's clients leave the server to others as well.
_AT_ONCE = 4


def add(app: Starlette, comparer: Comparer) -> None:
    """Offer the tool at `PATH`. Without the package `mcp`, nothing is offered."""
    try:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    except ImportError:
        return
    # It logs five lines for each request, and `serve.http.observability` is there for that.
    logging.getLogger("mcp").setLevel(logging.WARNING)
    # Each request stands alone, so nothing has to be kept for a client between two of them.
    manager = StreamableHTTPSessionManager(_server(comparer), json_response=True, stateless=True)
    endpoint = _Endpoint(manager)
    app.router.routes += [Route(PATH, endpoint), Route(f"{PATH}/", endpoint)]
    lifespan.during(app, manager.run)


class _Endpoint:
    """The ASGI application at `PATH`: MCP's requests, and a hint for browsers."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._manager.handle_request(scope, receive, send)
        else:
            # The protocol's word for a server that keeps no stream open for its clients.
            hint = PlainTextResponse(_HERE, 405, {"allow": "POST"})
            await hint(scope, receive, send)


def _server(comparer: Comparer) -> Any:
    """The MCP server with its one tool. An exception in a tool is answered with its message."""
    from mcp import types
    from mcp.server.lowlevel import Server

    server = Server("Twinlabel")
    slots = anyio.CapacityLimiter(_AT_ONCE)

    async def tools() -> list[types.Tool]:
        return [types.Tool(name=NAME, description=DESCRIPTION, inputSchema=SCHEMA)]

    async def call(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        if name != NAME:
            raise ValueError(f"there is no tool {name!r}; the only tool is {NAME}")
        document = await anyio.to_thread.run_sync(
            document_of, comparer, arguments["picture"], limiter=slots
        )
        text = types.TextContent(type="text", text=json.dumps(document))
        return types.CallToolResult(content=[text], structuredContent=document)

    server.list_tools()(tools)
    server.call_tool()(call)
    return server


def document_of(comparer: Comparer, picture: str) -> dict[str, Any]:
    """The document that REST gives too, for a picture in base64 or as a data URL.

    Raises `UserError`.
    """
    started = time.perf_counter()
    decoded = decoder.decode_with_notes(base64_text.decode(picture, "picture"))
    outputs = comparer.engine.infer_blocking(decoded.pixels[None], client=PATH)
    (comparison,) = comparer.judge(outputs, {})
    result = result_of(comparison, notes=decoded.notes)
    return as_document(answer(comparer, [result], milliseconds_since(started)))
