"""`/v2`: the Open Inference Protocol, as `tritonclient` and KServe's clients speak it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from contract.cifar10 import CLASSES
from contract.manifest import INPUT, OUTPUTS
from serve import tensors
from serve.compare import Comparer
from serve.errors import NotReady, UnknownModel
from serve.schemas import ModelName, check_model

JSON_LENGTH = "inference-header-content-length"
# Less than this is not worth packing.
_SMALLEST_PACKED = 1024
# More takes so long to read that others would notice: off the event loop.
_LARGEST_AT_ONCE = 32_768


class ProtocolError(BaseModel):
    error: str


class ServerMetadata(BaseModel):
    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    name: str
    datatype: str
    shape: list[int] = Field(description="-1: the number of pictures.")


class ModelMetadata(BaseModel):
    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] | None = None
    data: list[Any] | None = Field(default=None, description="Missing where it is in binary.")


class InferRequest(BaseModel):
    """See the protocol; `inputs` is one tensor, `images`, UINT8 `[n, 32, 32, 3]`, n up to 256."""

    id: str | None = None
    parameters: dict[str, Any] | None = None
    inputs: list[Tensor] = Field(min_length=1, max_length=1)
    outputs: list[dict[str, Any]] | None = None


class InferAnswer(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[Tensor]


_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ProtocolError, "description": "The request cannot be understood."},
    404: {"model": ProtocolError, "description": "No such model or version."},
}
_BUSY: dict[int | str, dict[str, Any]] = {
    408: {"model": ProtocolError, "description": "The body came too slowly."},
    413: {"model": ProtocolError, "description": "Too many bytes."},
    503: {"model": ProtocolError, "description": "Too much waits; see Retry-After."},
}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_INFER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": InferRequest.model_json_schema(
                    ref_template="#/components/schemas/{model}"
                )
            },
            "application/octet-stream": _BINARY,
        },
    }
}


def add(router: APIRouter, comparer: Comparer, largest_body: int) -> None:
    """Add the routes; a packed body may be of `largest_body` bytes when it is unpacked."""
    version = str(comparer.pair.manifest.version)

    def check(name: str, asked: str | None) -> None:
        check_model(name)
        if asked is not None and asked != version:
            raise UnknownModel(f"there is no version {asked[:40]!r} of {name}; it is {version}")

    def check_ready() -> None:
        if not comparer.ready:
            raise NotReady("the models have not answered yet; try again in a second")

    @router.get("/v2", summary="What this server speaks")
    async def server() -> ServerMetadata:
        return ServerMetadata(name="twinlabel", version=version, extensions=["binary_tensor_data"])

    @router.get("/v2/health/live", summary="Whether the server works", response_class=Response)
    async def live() -> Response:
        return Response()

    @router.get(
        "/v2/health/ready",
        summary="Whether both models have answered a warm-up",
        response_class=Response,
        responses={503: {"model": ProtocolError, "description": "Not yet."}},
    )
    async def ready() -> Response:
        check_ready()
        return Response()

    model_path = "/v2/models/{name}"
    for path in (model_path, f"{model_path}/versions/{{number}}"):
        _add_model(router, path, comparer, version, largest_body, check, check_ready)


def _add_model(
    router: APIRouter,
    path: str,
    comparer: Comparer,
    version: str,
    largest_body: int,
    check: Callable[[str, str | None], None],
    check_ready: Callable[[], None],
) -> None:
    @router.get(path, summary="A model's tensors", responses=_ERRORS)
    async def metadata(name: ModelName, number: str | None = None) -> ModelMetadata:
        check(name, number)
        return ModelMetadata(
            name=name,
            versions=[version],
            platform="onnx_onnxv1",
            inputs=[TensorMetadata(name=INPUT, datatype="UINT8", shape=[-1, *tensors.SHAPE])],
            outputs=[
                TensorMetadata(name=output, datatype="FP32", shape=[-1, len(CLASSES)])
                for output in OUTPUTS
            ],
        )

    @router.get(
        f"{path}/ready",
        summary="Whether a model has answered a warm-up",
        response_class=Response,
        responses={**_ERRORS, 503: {"model": ProtocolError, "description": "Not yet."}},
    )
    async def ready(name: ModelName, number: str | None = None) -> Response:
        check(name, number)
        check_ready()
        return Response()

    @router.post(
        f"{path}/infer",
        summary="Logits and probabilities of 1 to 256 pictures",
        response_model=None,
        responses={
            200: {"model": InferAnswer, "content": {"application/octet-stream": _BINARY}},
            **_ERRORS,
            **_BUSY,
        },
        openapi_extra=_INFER_BODY,
    )
    async def infer(request: Request, name: ModelName, number: str | None = None) -> Response:
        check(name, number)
        headers = request.headers
        body = await request.body()
        how = headers.get("content-encoding", ""), headers.get(JSON_LENGTH)
        if len(body) > _LARGEST_AT_ONCE or how[0]:
            asked = await asyncio.to_thread(_parsed, body, *how, largest_body)
        else:
            asked = _parsed(body, *how, largest_body)
        outputs = await comparer.engine.run(asked.images, (name,))
        content, json_length = tensors.answer(name, version, asked, outputs[name])
        return _packed(content, json_length, headers.get("accept-encoding", ""))


def _parsed(
    body: bytes, encoding: str, json_length: str | None, largest_body: int
) -> tensors.Asked:
    plain = tensors.inflate(body, encoding.strip().lower(), largest_body)
    return tensors.parse(plain, json_length)


def _packed(content: bytes, json_length: int | None, accepted: str) -> Response:
    headers = {}
    if json_length is not None:
        headers[JSON_LENGTH] = str(json_length)
    if len(content) >= _SMALLEST_PACKED:
        encodings = set()
        for part in accepted.lower().split(","):
            name, _, weight = part.partition(";")
            if weight.replace(" ", "").rstrip("0") not in ("q=", "q=0."):
                encodings.add(name.strip())
        if "gzip" in encodings:
            headers["content-encoding"] = "gzip"
            content = gzip.compress(content, compresslevel=1)
        elif "deflate" in encodings:
            headers["content-encoding"] = "deflate"
            content = zlib.compress(content, level=1)
        headers["vary"] = "Accept-Encoding"
    kind = "application/json" if json_length is None else "application/octet-stream"
    return Response(content, headers=headers, media_type=kind)
