"""ASGI middleware that gives a request one id on Ray Serve, which adds a second one by itself."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.http import observability
from serve.http.observability import ID_HEADER


class OneRequestId:
    """Gives each request its id before Ray sees it, and lets only one id through in the answer.

    Ray would echo whatever a client calls an id. REST keeps only a harmless one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = (ID_HEADER, observability.request_id(scope["headers"]))
        others = [header for header in scope["headers"] if header[0] != ID_HEADER]
        scope = {**scope, "headers": [*others, own]}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                others = [header for header in given if header[0].lower() != ID_HEADER]
                message = {**message, "headers": [*others, own]}
            await send(message)

        await self._app(scope, receive, sending)


def middlewares() -> list[Middleware]:
    """What Ray puts around every replica (`RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH`)."""
    return [Middleware(OneRequestId)]
