"""Calls an ASGI application in this process, without a server and without a socket."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from harness.paths import COMMITTED
from serve.http.body_limits import Limits
from serve.http.metrics import Metrics
from serve.inference import runtime
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from serve.inference.runtime import LoadedPair
from serve.rest import application


@cache
def pair() -> LoadedPair:
    """The committed pair on the CPU, loaded once."""
    return runtime.load(COMMITTED, "cpu")


def rest(most_waiting: int = 256, limits: Limits | None = None) -> Starlette:
    """REST on the committed pair. With `most_waiting` 0 every picture is refused as too much."""
    return application.create(Comparer(Engine(pair(), most_waiting)), Metrics(), limits=limits)


async def answer(app: ASGIApp, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer of `app`, inside a running event loop. A fault is answered, not raised."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://in-process") as client:
        return await client.request(method, path, **request)


def ask(app: ASGIApp, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer of `app`. A fault is answered, not raised."""
    return asyncio.run(answer(app, method, path, **request))
