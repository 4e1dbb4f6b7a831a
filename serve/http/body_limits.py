"""ASGI middleware that limits request bodies: their size, their speed, and all of them together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.errors import UserError
from serve.errors import Overloaded, RequestTooLarge, RequestTooSlow

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
        error_answer: Callable[[Scope, UserError], ASGIApp],
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self.error_answer = error_answer
        self.limits = limits or Limits()
        self.under_way = 0
        """Bytes in all bodies at the moment."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced(scope) > self.limits.body:
            answer = self.error_answer(scope, _too_large(self.limits.body))
            await answer(scope, receive, send)
            return
        body = _Body(self, scope, receive, send)
        try:
            await self._app(scope, body.receive, body.send)
        except ClientDisconnect:
            log.debug("a client went away after %d bytes of its body", body.received)
        finally:
            self.under_way -= body.received


class _Body:
    """The body of one request: what the application receives of it, and sends before its end."""

    __slots__ = (
        *("_answering", "_failed", "_limit", "_receive", "_scope", "_send", "_started"),
        *("_too_late", "_whole", "received"),
    )

    def __init__(self, limit: BodyLimit, scope: Scope, receive: Receive, send: Send) -> None:
        self.received = 0
        self._limit = limit
        self._scope = scope
        self._receive = receive
        self._send = send
        self._started = time.monotonic()
        self._whole = self._answering = self._failed = self._too_late = False

    async def receive(self) -> Message:
        """The next message for the application; a disconnect once the body has broken a limit."""
        if self._failed:
            return {"type": "http.disconnect"}
        if self._whole:  # only a disconnect can follow the end of a body
            return await self._receive()
        try:
            message = await self._next_in_time()
            self._count(message)
        except UserError as error:
            self._failed = True
            if not self._answering:
                answer = self._limit.error_answer(self._scope, error)
                await answer(self._scope, self._receive, self._send)
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass on what the application sends, unless the error has been sent already."""
        if self._failed:
            return
        if not self._answering:
            self._answering = True
            if not self._whole and _has_body(self._scope):
                # The answer comes before the end of the body, and nobody reads the rest. On
                # an open connection a client could go on sending it slowly for ever.
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await self._send(message)

    async def _next_in_time(self) -> Message:
        """The next message. Raises `RequestTooSlow` when the time for it is over."""
        limits = self._limit.limits
        allowed = min(limits.grace + self.received / limits.rate, limits.longest)
        task = asyncio.current_task()
        assert task is not None
        # What asyncio.timeout() does, at a quarter of its cost to each request.
        timer = asyncio.get_running_loop().call_later(
            self._started + allowed - time.monotonic(), self._end, task
        )
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if self._too_late and not task.uncancel():
                raise RequestTooSlow(
                    f"only {self.received:,} bytes of the body arrived in "
                    f"{time.monotonic() - self._started:.0f} s, which is too slow; send a smaller "
                    "picture or use a faster connection"
                ) from None
            raise
        finally:
            timer.cancel()

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._too_late = True
        task.cancel()

    def _count(self, message: Message) -> None:
        """Count the bytes of `message`. Raises `RequestTooLarge` or `Overloaded`."""
        limit = self._limit
        size = len(message.get("body", b""))
        self.received += size
        limit.under_way += size
        self._whole = not message.get("more_body", False)
        if self.received > limit.limits.body:
            raise _too_large(limit.limits.body)
        if limit.under_way > limit.limits.under_way:
            raise Overloaded(
                f"the server is busy with {limit.under_way:,} bytes of uploads, more than the "
                f"limit of {limit.limits.under_way:,} bytes; try again in a second"
            )


def _announced(scope: Scope) -> int:
    """The content-length, or 0 if there is none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)  # the server has checked that it is a number
    return 0


def _has_body(scope: Scope) -> bool:
    return _announced(scope) > 0 or any(
        name == b"transfer-encoding" for name, _ in scope["headers"]
    )


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"the request body has more than the limit of {limit:,} bytes; send fewer or smaller "
        "pictures"
    )
