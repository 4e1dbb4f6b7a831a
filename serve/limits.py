"""ASGI middleware: no request body may be too large, come too slowly, or fill the memory."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.errors import Overloaded, RequestTooLarge, RequestTooSlow, ServeError

log = logging.getLogger("twinlabel")


@dataclass(frozen=True)
class Limits:
    """Of request bodies. Times in seconds."""

    body: int = 64_000_000
    """Bytes of one request; one picture may have fewer (see `serve.picture`)."""
    under_way: int = 512_000_000
    """Bytes of all bodies that are being received or worked on."""
    grace: float = 10.0
    """After it, what has come must have come at `rate` on average."""
    rate: float = 50_000.0
    """Bytes a second."""
    longest: float = 120.0
    """For a whole body, however fast."""


class BodyLimit:
    """Refuses bodies beyond `limits`, by what is announced and by what comes.

    `refusal` makes the response. The application below is told that the client went away.
    """

    def __init__(
        self,
        app: ASGIApp,
        refusal: Callable[[Scope, ServeError], ASGIApp],
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self._refusal = refusal
        self._limits = limits or Limits()
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._announced(scope) > self._limits.body:
            await self._refusal(scope, _too_large(self._limits.body))(scope, receive, send)
            return
        body = _Body(self._limits, receive)
        answering = False
        refused: ServeError | None = None

        async def receiving() -> Message:
            nonlocal refused
            if refused is not None:
                return {"type": "http.disconnect"}
            try:
                return await self._next(body)
            except ServeError as error:
                refused = error
                if not answering:
                    await self._refusal(scope, error)(scope, receive, send)
                return {"type": "http.disconnect"}

        async def sending(message: Message) -> None:
            nonlocal answering
            if refused is None:
                answering = True
                starts = message["type"] == "http.response.start"
                if starts and not body.whole and self._has_body(scope):
                    # An answer before the end of the body: nobody will read the rest, so that no
                    # clock would stop a client that goes on sending it slowly.
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
                await send(message)

        try:
            await self._app(scope, receiving, sending)
        except ClientDisconnect:
            log.debug("a client went away after %d bytes of its body", body.received)
        finally:
            self._under_way -= body.received

    def _announced(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value)  # the server has checked that it is a number
        return 0

    def _has_body(self, scope: Scope) -> bool:
        return self._announced(scope) > 0 or any(
            name == b"transfer-encoding" for name, _ in scope["headers"]
        )

    async def _next(self, body: _Body) -> Message:
        """The next message, counted. Raises `ServeError`."""
        if body.whole:  # what follows a body is only the news that the client went away
            return await body.receive()
        before = body.received
        try:
            message = await body.next()
        finally:
            self._under_way += body.received - before
        if self._under_way > self._limits.under_way:
            raise Overloaded(
                f"{self._under_way:,} bytes of uploads are under way, and no more than "
                f"{self._limits.under_way:,} may be; try again in a second"
            )
        return message


class _Body:
    """One request's body, as it comes."""

    def __init__(self, limits: Limits, receive: Receive) -> None:
        self.receive = receive
        self.received = 0
        self.whole = False
        self._limits = limits
        self._started = time.monotonic()

    async def next(self) -> Message:
        """Raises `RequestTooSlow` or `RequestTooLarge`."""
        limits = self._limits
        allowed = min(limits.grace + self.received / limits.rate, limits.longest)
        try:
            async with asyncio.timeout(self._started + allowed - time.monotonic()):
                message = await self.receive()
        except TimeoutError:
            raise RequestTooSlow(
                f"{self.received:,} bytes of the body came in "
                f"{time.monotonic() - self._started:.0f} s, and that is too slow; send a smaller "
                "picture or use a better connection"
            ) from None
        self.received += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        if self.received > limits.body:
            raise _too_large(limits.body)
        return message


def _too_large(most: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"the request's body is over {most:,} bytes; send fewer or smaller pictures"
    )
