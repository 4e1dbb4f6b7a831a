"""ASGI middleware: the busiest routes, answered without a walk through the whole framework.

FastAPI still holds them, for its documents and for whatever reaches it by another way; here they
stand in a table, by method and exact path, and none of their parameters needs FastAPI's care.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from serve.errors import ServeError

Endpoint = Callable[[Request], Awaitable[Response]]


class Direct:
    """Answers what stands in `routes` by itself, and leaves the rest to `app`.

    `refusal` makes the response to a `ServeError`.
    """

    def __init__(
        self,
        app: ASGIApp,
        routes: Mapping[tuple[str, str], tuple[BaseRoute, Endpoint]],
        refusal: Callable[[Scope, ServeError], ASGIApp],
    ) -> None:
        self._app = app
        self._routes = routes
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http":
            found = self._routes.get((scope["method"], scope["path"]))
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], endpoint = found  # as a router does: the metrics are kept by route
        response: ASGIApp
        try:
            response = await endpoint(Request(scope, receive))
        except ServeError as error:
            response = self._refusal(scope, error)
        await response(scope, receive, send)
