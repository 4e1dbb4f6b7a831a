"""What runs for as long as an application does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette


def during(app: Starlette, made: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
    """Enter what `made` gives when `app` starts, and leave it when `app` ends.

    It is entered after, and left before, all that `app` already runs in its lifespan. `made` is
    called anew at each start.
    """
    earlier = app.router.lifespan_context

    @asynccontextmanager
    async def both(app: Starlette) -> AsyncIterator[Any]:
        async with earlier(app) as state, made():
            yield state

    app.router.lifespan_context = both
