"""ASGI middleware around everything: request ids, logs, metrics, and headers one may trust."""

from __future__ import annotations

import json
import logging
import random
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.metrics import Metrics

log = logging.getLogger("twinlabel.request")

ID_HEADER = b"x-request-id"
_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# The page's own routes are too many and too chatty to log and count one by one.
_REST = ("/v1/", "/v2", "/healthz", "/metrics")
_PAGE = "page"
_SECURITY = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
# JSON that a browser is made to show must run nothing; /docs has scripts of its own.
_NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Gate:
    """The outermost middleware.

    Unless `trust_proxy`, what a client says of itself in `X-Forwarded-*` and the like is dropped:
    the page would build its links from it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, trust_proxy: bool = False) -> None:
        self._app = app
        self._metrics = metrics
        self._trust_proxy = trust_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        path: str = scope["path"]
        rest = path.startswith(_REST)
        given = b""
        headers = []
        for header in scope["headers"]:
            name = header[0]
            if name == ID_HEADER:
                given = header[1]
            elif not self._trust_proxy and (
                name.startswith(b"x-forwarded-") or name in (b"forwarded", b"x-real-ip")
            ):
                continue
            headers.append(header)
        scope["headers"] = headers
        request_id = given if _GOOD_ID.fullmatch(given) else b"%016x" % random.getrandbits(64)
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = [(ID_HEADER, request_id), *_SECURITY]
                if rest:
                    extra.append(_NOTHING)
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            status = status or 500  # Starlette answers, one layer further out
            raise
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope) if rest else _PAGE
            self._metrics.request(route, status or 499, seconds)
            if rest and log.isEnabledFor(logging.INFO):
                line = {
                    "request": request_id.decode(),
                    "method": scope["method"],
                    "route": route,
                    "status": status or 499,  # as others call it: the client went away
                    "ms": round(1000 * seconds, 2),
                }
                log.info(json.dumps(line))


def _route(scope: Scope) -> str:
    """The route's template, never the client's own text: that could name anything, without end."""
    route = scope.get("route")
    return str(getattr(route, "path", "none"))
