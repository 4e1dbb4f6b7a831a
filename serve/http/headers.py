"""ASGI middleware for headers: drops those that a client could forge, adds those for browsers."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

_FORGEABLE = (b"forwarded", b"x-real-ip")
_FORGEABLE_PREFIX = b"x-forwarded-"
_FOR_ALL: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
# A browser that is made to show an API's answer must not run anything in it. The page and /docs
# have scripts of their own.
_FOR_APIS: Header = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Headers:
    """Filters the headers of requests and adds security headers to answers.

    Unless `trust_proxy` is set, the headers in which a proxy names the original client and host
    are dropped from every request. Any client could send them, and the page builds its links from
    them. Answers to paths that start with one of `api_prefixes` also get a content security policy
    under which a browser runs nothing.
    """

    def __init__(
        self, app: ASGIApp, api_prefixes: Iterable[str], trust_proxy: bool = False
    ) -> None:
        self._app = app
        self._api_prefixes = tuple(api_prefixes)
        self._trust_proxy = trust_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._trust_proxy:
            scope["headers"] = [
                header
                for header in scope["headers"]
                if not header[0].startswith(_FORGEABLE_PREFIX) and header[0] not in _FORGEABLE
            ]
        added = _FOR_ALL
        if scope["path"].startswith(self._api_prefixes):
            added = (*_FOR_ALL, _FOR_APIS)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)
