"""ASGI middleware that makes requests observable: an id, a line of log and metrics for each."""

from __future__ import annotations

import json
import logging
import random
import re
import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.http.metrics import Metrics

log = logging.getLogger("twinlabel.request")

ID_HEADER = b"x-request-id"
# An id that a client chooses is printed in the log, so it may contain nothing else.
_ALLOWED_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PAGE = "page"
_NO_ROUTE = "none"
# nginx logs this status for a client that closed the connection before it got an answer.
_CLIENT_CLOSED = 499


class Observability:
    """Gives every request an id, counts it in `metrics`, and logs it if it is a call of an API.

    A call of an API has a path that starts with one of `api_prefixes`. All other requests are the
    page's: too many, and of too many kinds, to log each one and to count by route.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, api_prefixes: Iterable[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._api_prefixes = tuple(api_prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        is_api = scope["path"].startswith(self._api_prefixes)
        request_id = _request_id(scope)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (ID_HEADER, request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            status = status or 500  # Starlette's outermost layer sends this answer
            raise
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope) if is_api else _PAGE
            self._metrics.request(route, status or _CLIENT_CLOSED, seconds)
            if is_api and log.isEnabledFor(logging.INFO):
                line = {
                    "request": request_id.decode(),
                    "method": scope["method"],
                    "route": route,
                    "status": status or _CLIENT_CLOSED,
                    "ms": round(1000 * seconds, 2),
                }
                log.info(json.dumps(line))


def _request_id(scope: Scope) -> bytes:
    """The id that the client sent, if it is harmless; otherwise a random one."""
    for name, value in scope["headers"]:
        if name == ID_HEADER and _ALLOWED_ID.fullmatch(value):
            return bytes(value)
    return b"%016x" % random.getrandbits(64)


def _route(scope: Scope) -> str:
    """The template of the route that answered, such as `/v1/models/{name}`.

    The path itself is the client's own text. It could name anything, and metrics would grow
    without end.
    """
    return str(getattr(scope.get("route"), "path", _NO_ROUTE))
