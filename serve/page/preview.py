"""The page as it is sent: with our own tags for link previews, a first screen, and compressed.

Gradio's page names Gradio in the tags for link previews, and no setting changes all of them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.http.root_path import route_path

_TITLE = "Twinlabel"
_DESCRIPTION = (
    "One image classifier, trained twice: with hard labels, and with label smoothing. "
    "How sure is each model about your photo, and how often is it right when it is that sure?"
)
_THEIRS = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')
_TAGS = f"""<head>
<meta name="description" content="{_DESCRIPTION}">
<meta property="og:type" content="website">
<meta property="og:title" content="{_TITLE}">
<meta property="og:description" content="{_DESCRIPTION}">
<meta name="twitter:card" content="summary_large_image">"""
_PICTURE = '<meta property="og:image" content="{address}">'
_SAMPLE = re.compile(r"[0-9]{1,9}")
_TEMPERATURE = re.compile(r"[0-9.]{1,6}")
# Gradio's page begins with this; what is put before it is shown first.
_BODY = b"<gradio-app"
Made = Callable[[Mapping[str, str]], str]
"""HTML for the query of an address; called in a thread that may block."""


class Preview:
    """Middleware that puts our tags into `/` and compresses it. Other requests pass through.

    `head` is put into the head of the page, and what `first` makes in front of what Gradio shows.
    `picture` is the path of the previews' picture; it gets the sample and the temperatures of the
    address.
    With the gallery in it, the page has 450 kB, and Gradio compresses only its scripts.
    """

    def __init__(self, app: ASGIApp, head: str, first: Made, picture: str) -> None:
        self._app = app
        tagged = _Tagged(app, _TAGS + head, first, picture)
        self._page = GZipMiddleware(tagged, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and route_path(scope) == "/" and scope["method"] == "GET"
        await (self._page if is_page else self._app)(scope, receive, send)


class _Tagged:
    """Middleware that replaces Gradio's tags for link previews in an HTML answer."""

    def __init__(self, app: ASGIApp, head: str, first: Made, picture: str) -> None:
        self._app = app
        self._picture = picture
        self._head = head.encode()
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body = bytearray()

        async def changed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            headers = MutableHeaders(raw=start["headers"])
            if headers.get("content-type", "").startswith("text/html"):
                head = self._head + _picture(Request(scope), self._picture).encode()
                page = _THEIRS.sub(b"", bytes(body)).replace(b"<head>", head, 1)
                query = dict(QueryParams(scope["query_string"]))
                first = await asyncio.to_thread(self._first, query)
                page = page.replace(_BODY, first.encode() + _BODY, 1)
                headers["content-length"] = str(len(page))
            else:
                page = bytes(body)
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, changed)


def _picture(request: Request, path: str) -> str:
    """The tag that names the picture of a preview, which needs the whole address of it."""
    known = {"sample": _SAMPLE, "t_hard": _TEMPERATURE, "t_smoothed": _TEMPERATURE}
    query = urlencode(
        {
            name: value
            for name, form in known.items()
            if form.fullmatch(value := request.query_params.get(name, ""))
        }
    )
    address = f"{str(request.base_url).rstrip('/')}{path}{'?' if query else ''}{query}"
    return _PICTURE.format(address=escape(address))
