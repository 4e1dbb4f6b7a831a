"""The server's own state, which belongs to no dialect: `/healthz` and `/metrics`."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from serve.http import metrics
from serve.http.metrics import Metrics
from serve.inference.compare import Comparer

HEALTH = "/healthz"
METRICS = "/metrics"
PATHS = (HEALTH, METRICS)


class Health(BaseModel):
    status: Literal["ok"]
    ready: bool = Field(description="Whether both models have answered a warm-up.")
    device: Literal["cpu", "cuda"]
    provider: str = Field(
        description="ONNX Runtime's name of the execution provider that the models run on."
    )
    device_note: str = Field(description="One sentence that says why this device was chosen.")
    precision: Literal["fp32", "int8"]
    pair: dict[str, str] = Field(description="SHA-256 of each model's ONNX file.")
    version: int = Field(description="Version of the pair. Publishing a new pair raises it by one.")


def add_routes(router: APIRouter, comparer: Comparer, counted: Metrics) -> None:
    """Add the routes of the health check and of the metrics."""

    @router.head(HEALTH, include_in_schema=False)
    @router.get(HEALTH, summary="Whether the server works, and on which device")
    async def healthz() -> Health:
        device = comparer.device
        return Health(
            status="ok",
            ready=comparer.ready,
            device=device.kind,
            provider=device.provider,
            device_note=device.note,
            precision=comparer.pair.precision,
            pair=comparer.pair.manifest.model_hashes,
            version=comparer.pair.manifest.version,
        )

    @router.get(
        METRICS,
        summary="Counts, times and sizes for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def show_metrics() -> Response:
        return Response(counted.text(), headers={"content-type": metrics.CONTENT_TYPE})
