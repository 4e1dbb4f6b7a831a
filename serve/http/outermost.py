"""The outermost ASGI layer: what every request and every answer goes through, errors included."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.http import headers, observability
from serve.http.metrics import Metrics
from serve.http.root_path import route_path

log = logging.getLogger("twinlabel")

_PAGE = "page"
# nginx logs this status for a client that closed the connection before it got an answer.
_CLIENT_CLOSED = 499


class Outermost:
    """Gives every request an id, counts it in `metrics`, and logs it if it is a call of an API.

    A call of an API has a path that starts with one of `api_prefixes`. All other requests are the
    page's: too many, and of too many kinds, to log each one and to count by route.

    It also adds the security headers to answers, and drops the headers that a client could forge
    from requests unless `trust_proxy` is set. This is one layer and not four, because each layer
    costs every request time.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        api_prefixes: Iterable[str],
        trust_proxy: bool = False,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._api_prefixes = tuple(api_prefixes)
        self._trust_proxy = trust_proxy
        self._said = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        is_api = route_path(scope).startswith(self._api_prefixes)
        if not self._trust_proxy:
            given = scope["headers"]
            scope["headers"] = headers.not_forgeable(given)
            if not self._said and len(scope["headers"]) != len(given):
                self._say_what_tls_needs(given)
        request_id = observability.request_id(scope["headers"])
        status = 0

        def sending(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = headers.FOR_APIS if is_api else headers.FOR_ALL
                own = (observability.ID_HEADER, request_id)
                message["headers"] = [*message.get("headers", ()), *added, own]
            return send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            status = status or 500
            raise
        finally:
            seconds = time.perf_counter() - started
            status = status or _CLIENT_CLOSED
            route = observability.route_of(scope) if is_api else _PAGE
            self._metrics.request(route, status, seconds)
            if is_api:
                observability.log_request(request_id, scope["method"], route, status, seconds)

    def _say_what_tls_needs(self, given: Iterable[headers.Header]) -> None:
        """Say once that a proxy with TLS is not trusted: the page would be blank behind it."""
        if (b"x-forwarded-proto", b"https") in given:
            self._said = True
            log.warning(
                "a request came through a proxy with TLS (X-Forwarded-Proto: https), which is not "
                "trusted: if it is yours, set TWINLABEL_TRUST_PROXY=true, or browsers will not "
                "load the page"
            )
