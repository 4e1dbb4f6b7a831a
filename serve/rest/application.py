"""Puts the REST application together: dialects, the server's state, error answers, middleware."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from serve.http import docs, not_found
from serve.http.body_limits import BodyLimit, Limits
from serve.http.cross_origin import CrossOrigin
from serve.http.metrics import Metrics
from serve.http.outermost import Outermost
from serve.inference.compare import Comparer
from serve.rest import dialects, state
from serve.rest.common import openapi
from serve.rest.common.dialect import Context, prefixes
from serve.rest.common.error_answers import ErrorAnswers


def create(
    comparer: Comparer,
    metrics: Metrics,
    trust_proxy: bool = False,
    limits: Limits | None = None,
    origins: Sequence[str] = (),
) -> Starlette:
    """The REST application. A page may be mounted on it afterwards, at `/`.

    `origins` are those whose pages may call the APIs from a browser.
    """

    async def warm_up() -> None:
        await comparer.become_ready()
        metrics.note_under_way()

    @asynccontextmanager
    async def warming_up(_app: Starlette) -> AsyncIterator[None]:
        # What was made at the start lives as long as the process. To look through it again and
        # again for what can be freed would hold up all requests, 20 ms at a time.
        gc.collect()
        gc.freeze()
        warming = asyncio.create_task(warm_up())
        yield
        warming.cancel()
        await asyncio.wait({warming})

    limits = limits or Limits()
    context = Context(comparer)
    operations = [
        operation for dialect in dialects.DIALECTS for operation in dialect.operations(context)
    ]
    operations += state.operations(comparer, metrics)
    known = [route for operation in operations for route in operation.routes()]
    elsewhere = not_found.routes(known, prefixes(dialects.DIALECTS), state.PATHS)
    error_answers = ErrorAnswers(metrics, dialects.DIALECTS)
    apis = (*prefixes(dialects.DIALECTS), *state.PATHS)
    return _Application(
        partial(Outermost, metrics=metrics, api_prefixes=apis, trust_proxy=trust_proxy),
        routes=[*known, *elsewhere, *docs.routes(partial(openapi.document, operations))],
        middleware=[
            *([Middleware(CrossOrigin, api_prefixes=apis, origins=origins)] if origins else []),
            Middleware(BodyLimit, error_answer=error_answers.answer, limits=limits),
        ],
        exception_handlers=error_answers.handlers(),
        lifespan=warming_up,
    )


class _Application(Starlette):
    """A Starlette application inside of one more layer, which `outermost` makes.

    Starlette's own middleware that answers faults is its outermost layer. Without a layer around
    it, the answer to a fault would have neither a request id nor security headers.
    """

    def __init__(self, outermost: Callable[[ASGIApp], ASGIApp], **options: Any) -> None:
        super().__init__(**options)
        self._outermost = outermost

    def build_middleware_stack(self) -> ASGIApp:
        return self._outermost(super().build_middleware_stack())
