"""ASGI middleware that limits request bodies: their size, their speed, and all of them together."""

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
    """The limits on request bodies. A body that breaks one is answered with an error."""

    body: int = 64_000_000
    """Bytes in the body of one request. A single picture has a lower limit of its own."""
    under_way: int = 512_000_000
    """Bytes in all bodies that are being received or worked on at the same time."""
    grace: float = 10.0
    """Seconds before a body has to keep up with `rate`."""
    rate: float = 50_000.0
    """Bytes a second that must have arrived on average once `grace` is over."""
    longest: float = 120.0
    """Seconds in which the whole body must arrive, at any rate."""


class BodyLimit:
    """Ends requests whose bodies break `limits`, whether the size is announced or not.

    `error_answer` makes the response to an error. The application is told that the client went
    away, so that it stops reading.
    """

    def __init__(
        self,
        app: ASGIApp,
        error_answer: Callable[[Scope, ServeError], ASGIApp],
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self._error_answer = error_answer
        self._limits = limits or Limits()
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._announced(scope) > self._limits.body:
            answer = self._error_answer(scope, _too_large(self._limits.body))
            await answer(scope, receive, send)
            return
        body = _Body(self._limits, receive)
        answering = False
        failure: ServeError | None = None

        async def receiving() -> Message:
            nonlocal failure
            if failure is not None:
                return {"type": "http.disconnect"}
            try:
                return await self._next(body)
            except ServeError as error:
                failure = error
                if not answering:
                    await self._error_answer(scope, error)(scope, receive, send)
                return {"type": "http.disconnect"}

        async def sending(message: Message) -> None:
            nonlocal answering
            if failure is None:
                answering = True
                starts = message["type"] == "http.response.start"
                if starts and not body.whole and self._has_body(scope):
                    # The answer comes before the end of the body, and nobody reads the rest. On
                    # an open connection a client could go on sending it slowly for ever.
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
                await send(message)

        try:
            await self._app(scope, receiving, sending)
        except ClientDisconnect:
            log.debug("a client went away after %d bytes of its body", body.received)
        finally:
            self._under_way -= body.received

    def _announced(self, scope: Scope) -> int:
        """The content-length, or 0 if there is none."""
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value)  # the server has checked that it is a number
        return 0

    def _has_body(self, scope: Scope) -> bool:
        return self._announced(scope) > 0 or any(
            name == b"transfer-encoding" for name, _ in scope["headers"]
        )

    async def _next(self, body: _Body) -> Message:
        """The next message of the body. Raises `ServeError` if it breaks a limit."""
        if body.whole:  # only a disconnect can follow the end of a body
            return await body.receive()
        before = body.received
        try:
            message = await body.next()
        finally:
            self._under_way += body.received - before
        if self._under_way > self._limits.under_way:
            raise Overloaded(
                f"the server is busy with {self._under_way:,} bytes of uploads, more than the "
                f"limit of {self._limits.under_way:,} bytes; try again in a second"
            )
        return message


class _Body:
    """The body of one request while it is being received."""

    def __init__(self, limits: Limits, receive: Receive) -> None:
        self.receive = receive
        self.received = 0
        self.whole = False
        self._limits = limits
        self._started = time.monotonic()

    async def next(self) -> Message:
        """The next message, in time. Raises `RequestTooSlow` or `RequestTooLarge`."""
        limits = self._limits
        allowed = min(limits.grace + self.received / limits.rate, limits.longest)
        try:
            async with asyncio.timeout(self._started + allowed - time.monotonic()):
                message = await self.receive()
        except TimeoutError:
            raise RequestTooSlow(
                f"only {self.received:,} bytes of the body arrived in "
                f"{time.monotonic() - self._started:.0f} s, which is too slow; send a smaller "
                "picture or use a faster connection"
            ) from None
        self.received += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        if self.received > limits.body:
            raise _too_large(limits.body)
        return message


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"the request body has more than the limit of {limit:,} bytes; send fewer or smaller "
        "pictures"
    )
