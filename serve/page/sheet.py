"""The gallery's pictures as the browser gets them: all at once, on one sheet."""

from __future__ import annotations

import hashlib

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PATH = "/gallery.png"
"""Where the browser gets them; the style sheet names it too."""


def add_route(app: Starlette, png: bytes | None) -> None:
    """Serve `png` at `PATH`; where there is no gallery, that is a 404.

    The address stays the same when other models are served. So browsers ask each time whether the
    sheet that they have is still the one, and get it again only if it is not.
    """
    tag = f'"{hashlib.sha256(png or b"").hexdigest()}"'
    headers = {"cache-control": "no-cache", "etag": tag}

    async def sheet(request: Request) -> Response:
        if png is None:
            return PlainTextResponse("These models have no gallery.", 404)
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(png, media_type="image/png", headers=headers)

    app.router.routes.append(Route(PATH, sheet))
