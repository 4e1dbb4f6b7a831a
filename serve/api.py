"""REST: routes, errors and middleware put together; `/v1/compare`, and the server's own state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.routing import Match

from contract.calibration import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, check_temperature
from contract.manifest import NAMES
from serve import huggingface, metrics, picture, protocol, uploads
from serve.compare import Comparer, Temperatures, milliseconds_since
from serve.direct import Direct, Endpoint
from serve.errors import BadTemperature, PictureError
from serve.gate import Gate
from serve.limits import BodyLimit, Limits
from serve.metrics import Metrics
from serve.refusals import Refusals
from serve.schemas import CompareAnswer, ErrorAnswer, Health, answer, as_json, result_of

FITTED = "fitted"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        400: "The request cannot be understood.",
        408: "The body came too slowly.",
        413: "Too many bytes, pixels or pictures.",
        415: "No picture, or in a format that is not read.",
        422: "A damaged picture.",
        503: "Too much waits; Retry-After says when to come again.",
    }.items()
}
_COMPARE: dict[str, Any] = {
    "parameters": [
        {
            "name": f"t_{name}",
            "in": "query",
            "description": f"Divide the logits of the {name} model by it: a number, or `{FITTED}` "
            "for the temperature that was fitted on validation pictures.",
            "schema": {
                "anyOf": [
                    {
                        "type": "number",
                        "minimum": LOWEST_TEMPERATURE,
                        "maximum": HIGHEST_TEMPERATURE,
                    },
                    {"const": FITTED},
                ],
                "default": 1.0,
            },
            "example": FITTED,
        }
        for name in NAMES
    ],
    "requestBody": {
        "required": True,
        "description": "A picture as it is, or multipart/form-data with up to "
        f"{uploads.MOST_PICTURES} files in the field `{uploads.FIELD}`: {picture.READABLE}.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [uploads.FIELD],
                    "properties": {
                        uploads.FIELD: {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": uploads.MOST_PICTURES,
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            },
        },
    },
}


def create(
    comparer: Comparer,
    counted: Metrics,
    trust_proxy: bool = False,
    limits: Limits | None = None,
) -> FastAPI:
    """The REST application. A page may be mounted on it afterwards."""

    @asynccontextmanager
    async def warmed_up(_app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(asyncio.to_thread(comparer.warm_up))
        yield
        await warming

    app = FastAPIOffline(  # /docs with its assets from here: FastAPI's own come from a CDN
        title="Twinlabel",
        description="Two CIFAR-10 classifiers, alike but for label smoothing, side by side.",
        redoc_url=None,
        lifespan=warmed_up,
    )
    limits = limits or Limits()
    refusals = Refusals(counted)
    refusals.install(app)
    router = APIRouter()
    _add_state(router, comparer, counted)
    compare = _add_compare(router, comparer)
    huggingface.add(router, comparer, _ERRORS)
    protocol.add(router, comparer, limits.body)
    _add_elsewhere(router)
    app.include_router(router)
    # The last that is added is the first that a request meets.
    app.add_middleware(Direct, routes=_by_path(router, compare), refusal=refusals.answer)
    app.add_middleware(BodyLimit, refusal=refusals.answer, limits=limits)
    app.add_middleware(Gate, metrics=counted, trust_proxy=trust_proxy)
    return app


def _by_path(router: APIRouter, *endpoints: Endpoint) -> dict[tuple[str, str], Any]:
    """The routes of `endpoints`, as `Direct` looks them up."""
    return {
        (method, route.path): (route, route.endpoint)
        for route in router.routes
        if isinstance(route, APIRoute) and route.endpoint in endpoints
        for method in route.methods or ()
    }


def _add_state(router: APIRouter, comparer: Comparer, counted: Metrics) -> None:
    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="Whether the server works, and on which device")
    async def healthz() -> Health:
        device = comparer.device
        return Health(
            status="ok",
            ready=comparer.ready,
            device=device.kind,
            provider=device.provider,
            device_note=device.note,
            precision=comparer.pair.precision,
            pair=comparer.pair.manifest.pair,
            version=comparer.pair.manifest.version,
        )

    @router.get(
        "/metrics",
        summary="Counts, times and sizes for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def show_metrics() -> Response:
        return Response(counted.text(), headers={"content-type": metrics.CONTENT_TYPE})


def _add_compare(router: APIRouter, comparer: Comparer) -> Endpoint:
    @router.post(
        "/v1/compare",
        summary="Both models' confidences for one or more pictures",
        response_model=None,
        responses={200: {"model": CompareAnswer}, **_ERRORS},
        openapi_extra=_COMPARE,
    )
    async def compare(request: Request) -> Response:
        temperatures = _temperatures(request, comparer)
        pictures = await uploads.read(request)
        started = time.perf_counter()
        decoded = await uploads.decode_all([content for _, content in pictures])
        if len(decoded) == 1 and isinstance(decoded[0], PictureError):
            raise decoded[0]
        readable = [pixels for pixels in decoded if not isinstance(pixels, PictureError)]
        compared = iter(
            await comparer.compare(np.stack(readable), temperatures) if readable else ()
        )
        results = [
            result_of(pixels if isinstance(pixels, PictureError) else next(compared), name)
            for (name, _), pixels in zip(pictures, decoded, strict=True)
        ]
        found = answer(comparer, results, milliseconds_since(started))
        return Response(as_json(found), media_type="application/json")

    return compare


def _temperatures(request: Request, comparer: Comparer) -> Temperatures:
    """By twin, what the query asks for. Raises `BadTemperature`."""
    if not request.scope["query_string"]:
        return {}
    known = [f"t_{name}" for name in NAMES]
    for parameter in request.query_params:
        if parameter not in known:
            raise BadTemperature(
                f"there is no parameter {parameter[:40]!r}; there are {' and '.join(known)}"
            )
    asked = {name: request.query_params.get(f"t_{name}") for name in NAMES}
    return {n: _temperature(n, text, comparer) for n, text in asked.items() if text is not None}


def _temperature(name: str, text: str, comparer: Comparer) -> float:
    if text == FITTED:
        if name not in comparer.evidence.temperatures:
            raise BadTemperature(
                f"t_{name}={FITTED}: no temperature was fitted for this pair; give a number"
            )
        return comparer.evidence.temperatures[name]
    try:
        return check_temperature(float(text))
    except ValueError:
        raise BadTemperature(
            f"t_{name}={text[:40]!r} is no temperature; give a number from "
            f"{LOWEST_TEMPERATURE:g} to {HIGHEST_TEMPERATURE:g}, or {FITTED!r}"
        ) from None


def _add_elsewhere(router: APIRouter) -> None:
    known = list(router.routes)

    # The page, mounted at /, would otherwise answer for what is not above.
    @router.api_route("/v1/{rest:path}", methods=_METHODS, include_in_schema=False)
    @router.api_route("/v2{rest:path}", methods=_METHODS, include_in_schema=False)
    @router.api_route("/healthz", methods=_METHODS, include_in_schema=False)
    @router.api_route("/metrics", methods=_METHODS, include_in_schema=False)
    async def elsewhere(request: Request) -> None:
        allowed = {
            method
            for route in known
            if route.matches(request.scope)[0] is Match.PARTIAL
            for method in getattr(route, "methods", ())
        }
        if allowed:
            raise HTTPException(405, headers={"allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)
