"""The dialect of the Open Inference Protocol, `/v2`, for `tritonclient` and KServe's clients."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.cifar10 import CLASSES
from serve.errors import NotReady, UnknownModel
from serve.inference.compare import Comparer
from serve.rest.dialect import Context, Dialect
from serve.rest.error_answers import described
from serve.rest.model_names import ModelName, check_model
from serve.rest.open_inference import codec
from serve.rest.open_inference.compression import compress, decompress
from serve.rest.open_inference.schemas import (
    InferAnswer,
    InferRequest,
    ModelMetadata,
    ProtocolError,
    ServerMetadata,
    TensorMetadata,
)

JSON_LENGTH = "inference-header-content-length"
"""The header that says how many bytes of a body are JSON, where binary tensors follow it."""
# Decoding a longer body takes so long that it would hold up the event loop.
_LARGEST_ON_LOOP = 32_768
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


def add_routes(router: APIRouter, context: Context) -> None:
    """Add all routes of the protocol."""
    _add_server_routes(router, context.comparer)
    for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{number}"):
        _add_metadata_routes(router, path, context.comparer)
        _add_infer_route(router, path, context)


def _add_server_routes(router: APIRouter, comparer: Comparer) -> None:
    @router.get("/v2", summary="The name and the extensions of this server")
    async def server() -> ServerMetadata:
        return ServerMetadata(
            name="twinlabel", version=_version(comparer), extensions=["binary_tensor_data"]
        )

    @router.get("/v2/health/live", summary="Whether the server works", response_class=Response)
    async def live() -> Response:
        return Response()

    @router.get(
        "/v2/health/ready",
        summary="Whether both models have answered a warm-up",
        response_class=Response,
        responses=described(ProtocolError, 503),
    )
    async def ready() -> Response:
        _check_ready(comparer)
        return Response()


def _add_metadata_routes(router: APIRouter, path: str, comparer: Comparer) -> None:
    @router.get(
        path,
        summary="The inputs and outputs of a model",
        responses=described(ProtocolError, 400, 404),
    )
    async def metadata(name: ModelName, number: str | None = None) -> ModelMetadata:
        _check_model(comparer, name, number)
        return ModelMetadata(
            name=name,
            versions=[_version(comparer)],
            platform="onnx_onnxv1",
            inputs=[TensorMetadata(name=INPUT, datatype="UINT8", shape=[-1, *codec.SHAPE])],
            outputs=[
                TensorMetadata(name=output, datatype="FP32", shape=[-1, len(CLASSES)])
                for output in OUTPUTS
            ],
        )

    @router.get(
        f"{path}/ready",
        summary="Whether a model has answered a warm-up",
        response_class=Response,
        responses=described(ProtocolError, 400, 404, 503),
    )
    async def ready(name: ModelName, number: str | None = None) -> Response:
        _check_model(comparer, name, number)
        _check_ready(comparer)
        return Response()


def _add_infer_route(router: APIRouter, path: str, context: Context) -> None:
    comparer = context.comparer

    @router.post(
        f"{path}/infer",
        summary="One model's logits and probabilities for 1 to 256 pictures",
        response_model=None,
        responses={
            200: {"model": InferAnswer, "content": {"application/octet-stream": _BINARY}},
            **described(ProtocolError, 400, 404, 408, 413, 503),
        },
        openapi_extra=_INFER_BODY,
    )
    async def infer(request: Request, name: ModelName, number: str | None = None) -> Response:
        _check_model(comparer, name, number)
        question = await _read(request, context.largest_body)
        outputs = await comparer.engine.infer(question.images, (name,))
        content, json_length = codec.encode(name, _version(comparer), question, outputs[name])
        content, headers = compress(content, request.headers.get("accept-encoding", ""))
        if json_length is None:
            return Response(content, headers=headers, media_type="application/json")
        headers[JSON_LENGTH] = str(json_length)
        return Response(content, headers=headers, media_type="application/octet-stream")


def _version(comparer: Comparer) -> str:
    return str(comparer.pair.manifest.version)


def _check_model(comparer: Comparer, name: str, number: str | None) -> None:
    """Raise `UnknownModel` if there is no such model, or not in version `number`."""
    check_model(name)
    version = _version(comparer)
    if number is not None and number != version:
        raise UnknownModel(
            f"there is no version {number[:40]!r} of model {name}; use version {version}"
        )


def _check_ready(comparer: Comparer) -> None:
    """Raise `NotReady` until both models have answered a warm-up."""
    if not comparer.ready:
        raise NotReady("the models are still warming up; try again in a second")


async def _read(request: Request, largest_body: int) -> codec.Question:
    """Decode the request. Raises `BadTensor` or `RequestTooLarge`."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    json_length = request.headers.get(JSON_LENGTH)
    body = await request.body()

    def decoded() -> codec.Question:
        return codec.decode(decompress(body, encoding, largest_body), json_length)

    if len(body) > _LARGEST_ON_LOOP or encoding:
        return await asyncio.to_thread(decoded)
    return decoded()


def _error(_code: str, message: str) -> dict[str, Any]:
    """The document of an error; the protocol has no place for a code."""
    return ProtocolError(error=message).model_dump()


DIALECT = Dialect("Open Inference Protocol", "/v2", add_routes, _error)
