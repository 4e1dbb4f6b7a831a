"""Puts the REST application together: dialects, the server's state, error answers, middleware."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from serve.http.body_limits import BodyLimit, Limits
from serve.http.headers import Headers
from serve.http.metrics import Metrics
from serve.http.observability import Observability
from serve.inference.compare import Comparer
from serve.rest import dialects, not_found, state
from serve.rest.dialect import Context, prefixes
from serve.rest.error_answers import ErrorAnswers


def create(
    comparer: Comparer,
    metrics: Metrics,
    trust_proxy: bool = False,
    limits: Limits | None = None,
) -> FastAPI:
    """The REST application. A page may be mounted on it afterwards, at `/`."""

    @asynccontextmanager
    async def warming_up(_app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(asyncio.to_thread(comparer.warm_up))
        yield
        await warming

    # Serves the assets of /docs itself. FastAPI's own page loads them from a CDN.
    app: FastAPI = FastAPIOffline(
        title="Twinlabel",
        description="Two CIFAR-10 classifiers side by side. They differ only in label smoothing.",
        redoc_url=None,
        lifespan=warming_up,
    )
    limits = limits or Limits()
    error_answers = ErrorAnswers(metrics, dialects.DIALECTS)
    error_answers.install(app)
    # Routes go straight to the application's own router: FastAPI matches the routes of an
    # included router twice at every request.
    context = Context(comparer, limits.body)
    for dialect in dialects.DIALECTS:
        dialect.add_routes(app.router, context)
    state.add_routes(app.router, comparer, metrics)
    not_found.add_routes(app.router, prefixes(dialects.DIALECTS), state.PATHS)
    # The middleware that is added last meets a request first.
    apis = (*prefixes(dialects.DIALECTS), *state.PATHS)
    app.add_middleware(BodyLimit, error_answer=error_answers.answer, limits=limits)
    app.add_middleware(Observability, metrics=metrics, api_prefixes=apis)
    app.add_middleware(Headers, api_prefixes=apis, trust_proxy=trust_proxy)
    return app
