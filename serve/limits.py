"""ASGI middleware: no request body may exceed a number of bytes, whatever its headers say."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.errors import RequestTooLarge

LARGEST_BODY = 64_000_000
"""Bytes of one request; one picture may have fewer (see `serve.picture`)."""


class BodyLimit:
    """Answers 413 to a body that is announced, or turns out, to be larger than `most` bytes."""

    def __init__(self, app: ASGIApp, most: int = LARGEST_BODY) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._most:
            await self._refusal()(scope, receive, send)
            return
        received, answered = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most:
                raise RequestTooLarge(self._text())
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except RequestTooLarge:
            if answered:
                raise
            await self._refusal()(scope, receive, send)

    def _text(self) -> str:
        return f"the request's body is over {self._most:,} bytes; send fewer or smaller pictures"

    def _refusal(self) -> JSONResponse:
        error = {"code": RequestTooLarge.code, "message": self._text()}
        return JSONResponse({"error": error}, 413, headers={"connection": "close"})
