"""ASGI middleware that lets pages of other origins call the APIs, where a deployment allows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from serve.http.root_path import route_path

# What a page of another origin may read of an answer besides its body.
_EXPOSED = ("x-request-id", "retry-after", "inference-header-content-length")


class CrossOrigin:
    """Answers the questions of browsers (CORS) for paths that start with one of `api_prefixes`.

    `origins` are those that may call, such as `https://example.org`. The page itself is left alone:
    Gradio has rules of its own.
    """

    def __init__(self, app: ASGIApp, api_prefixes: Iterable[str], origins: Sequence[str]) -> None:
        self._app = app
        self._api_prefixes = tuple(api_prefixes)
        self._api = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "HEAD", "POST", "PUT"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and route_path(scope).startswith(self._api_prefixes)
        await (self._api if is_api else self._app)(scope, receive, send)
