"""What runs with an application: in which order it starts, and that it ends whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from starlette.applications import Starlette

from serve import lifespan


def noting(seen: list[str], name: str) -> Callable[[], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def made() -> AsyncIterator[None]:
        seen.append(f"{name} starts")
        try:
            yield
        finally:
            seen.append(f"{name} ends")

    return made


def app(seen: list[str]) -> Starlette:
    @asynccontextmanager
    async def own(_app: Starlette) -> AsyncIterator[dict[str, str]]:
        async with noting(seen, "own")():
            yield {"kept": "state"}

    made = Starlette(lifespan=own)
    for name in ("first", "second"):
        lifespan.during(made, noting(seen, name))
    return made


ALL = ["own starts", "first starts", "second starts", "second ends", "first ends", "own ends"]


def test_what_is_added_starts_later_and_ends_sooner_at_every_start() -> None:
    seen: list[str] = []
    made = app(seen)

    async def run() -> None:
        async with made.router.lifespan_context(made) as state:
            assert state == {"kept": "state"}

    asyncio.run(run())
    asyncio.run(run())
    assert seen == ALL * 2


def test_all_of_it_ends_after_a_fault() -> None:
    seen: list[str] = []
    made = app(seen)

    async def run() -> None:
        async with made.router.lifespan_context(made):
            raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        asyncio.run(run())
    assert seen == ALL
