"""Lets a request in before its body is decoded, and drops it when its client goes away."""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.requests import ClientDisconnect, Request

from serve.inference.engine import Engine, Place

# Most requests are answered sooner, and to watch a connection costs more than such an answer.
_SECONDS_UNWATCHED = 0.1


class Admitted:
    """An asynchronous context manager: the place of a request that brings so many pictures.

    It raises `Overloaded` where there is no room. The request's body must have been read, and what
    is done in the block is given up, with `ClientDisconnect`, when the client closes the connection
    while the models have not answered yet.
    """

    __slots__ = ("_engine", "_pictures", "_place", "_request", "_timer", "_watcher")

    def __init__(self, request: Request, engine: Engine, pictures: int) -> None:
        self._request = request
        self._engine = engine
        self._pictures = pictures
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Place:
        address = self._request.scope.get("client")
        client = address[0] if address else ""
        self._place = await self._engine.room_for(self._pictures, client)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_SECONDS_UNWATCHED, self._start_watching)
        return self._place

    def _start_watching(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._place.abandon()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        self._place.leave()
        if isinstance(error, asyncio.CancelledError) and self._place.abandoned:
            raise ClientDisconnect from None
