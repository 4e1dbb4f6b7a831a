"""The server's own state, which belongs to no dialect: `/healthz` and `/metrics`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from serve.http import metrics
from serve.http.metrics import Metrics
from serve.inference.compare import Comparer
from serve.inference.providers import Kind
from serve.rest.common.operation import Answer, Operation, json_response

HEALTH = "/healthz"
METRICS = "/metrics"
PATHS = (HEALTH, METRICS)


class Health(BaseModel):
    status: Literal["ok", "failing"]
    ready: bool = Field(description="Whether both models have answered a warm-up.")
    not_ready_because: str | None = Field(
        description="Why the models have not answered, if they failed in the warm-up."
    )
    device: Kind
    provider: str = Field(
        description="ONNX Runtime's name of the execution provider that the models run on."
    )
    device_note: str = Field(description="One sentence that says why this device was chosen.")
    precision: Literal["fp32", "int8"]
    pair: dict[str, str] = Field(description="SHA-256 of each model's ONNX file.")
    version: int = Field(description="Version of the pair. Publishing a new pair raises it by one.")


def operations(comparer: Comparer, counted: Metrics) -> list[Operation]:
    """The health check and the metrics."""

    async def healthz(_request: Request) -> Response:
        device = comparer.device
        reason = comparer.not_ready_because
        return json_response(
            Health(
                status="ok" if reason is None else "failing",
                ready=comparer.ready,
                not_ready_because=reason,
                device=device.kind,
                provider=device.provider,
                device_note=device.note,
                precision=comparer.pair.precision,
                pair=comparer.pair.manifest.model_hashes,
                version=comparer.pair.manifest.version,
            ),
            200 if reason is None else 503,
        )

    async def show_metrics(_request: Request) -> Response:
        return Response(counted.text(), headers={"content-type": metrics.CONTENT_TYPE})

    text = {"text/plain": {"schema": {"type": "string"}}}
    return [
        Operation(
            "GET",
            HEALTH,
            healthz,
            summary="Whether the server works, and on which device",
            answers={
                200: Answer(model=Health),
                503: Answer("The models fail in the warm-up.", Health),
            },
        ),
        Operation(
            "GET",
            METRICS,
            show_metrics,
            summary="Counts, times and sizes for Prometheus",
            answers={200: Answer(content=text)},
        ),
    ]
