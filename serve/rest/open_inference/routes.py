"""The dialect of the Open Inference Protocol, `/v2`, for `tritonclient` and KServe's clients."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.cifar10 import CLASSES
from serve.decoding import Content, plain
from serve.errors import NotReady
from serve.inference.compare import Comparer
from serve.rest.common import bodies
from serve.rest.common.admission import Admitted
from serve.rest.common.compression import compress
from serve.rest.common.dialect import Context, Dialect
from serve.rest.common.error_answers import described
from serve.rest.common.model_names import NAME
from serve.rest.common.operation import BINARY, Answer, Operation, json_response
from serve.rest.open_inference import claim, codec, triton
from serve.rest.open_inference.models import checked_model, version_of
from serve.rest.open_inference.schemas import (
    InferAnswer,
    InferRequest,
    Live,
    ModelMetadata,
    ModelReady,
    ProtocolError,
    Ready,
    ServerMetadata,
    TensorMetadata,
)

JSON_LENGTH = "inference-header-content-length"
"""The header that says how many bytes of a body are JSON, where binary tensors follow it."""
# Decoding a longer body takes so long that it would hold up the event loop.
_LARGEST_ON_LOOP = 32_768
_INFER_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": InferRequest},
        "application/octet-stream": BINARY,
    },
}
_VERSION: dict[str, Any] = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "The version of the model.",
    "schema": {"type": "string"},
}


def operations(context: Context) -> list[Operation]:
    """All operations of the protocol."""
    found = [*_server_operations(context.comparer), *triton.operations(context.comparer)]
    for path, parameters in (
        ("/v2/models/{name}", [NAME]),
        ("/v2/models/{name}/versions/{number}", [NAME, _VERSION]),
    ):
        found += _metadata_operations(path, parameters, context.comparer)
        found.append(_infer_operation(path, parameters, context.comparer))
    return found


def _server_operations(comparer: Comparer) -> list[Operation]:
    async def server(_request: Request) -> Response:
        return json_response(
            ServerMetadata(
                name="twinlabel", version=version_of(comparer), extensions=["binary_tensor_data"]
            )
        )

    async def live(_request: Request) -> Response:
        return json_response(Live(live=True))

    async def ready(_request: Request) -> Response:
        _check_ready(comparer)
        return json_response(Ready(ready=True))

    return [
        Operation(
            "GET",
            "/v2",
            server,
            summary="The name and the extensions of this server",
            answers={200: Answer(model=ServerMetadata)},
        ),
        Operation(
            "GET",
            "/v2/health/live",
            live,
            summary="Whether the server works",
            answers={200: Answer(model=Live)},
        ),
        Operation(
            "GET",
            "/v2/health/ready",
            ready,
            summary="Whether both models have answered a warm-up",
            answers={200: Answer(model=Ready), **described(ProtocolError, 503)},
        ),
    ]


def _metadata_operations(
    path: str, parameters: list[dict[str, Any]], comparer: Comparer
) -> list[Operation]:
    async def metadata(request: Request) -> Response:
        document = ModelMetadata(
            name=checked_model(comparer, request),
            versions=[version_of(comparer)],
            platform="onnx_onnxv1",
            inputs=[TensorMetadata(name=INPUT, datatype="UINT8", shape=[-1, *codec.SHAPE])],
            outputs=[
                TensorMetadata(name=output, datatype="FP32", shape=[-1, len(CLASSES)])
                for output in OUTPUTS
            ],
        )
        return json_response(document)

    async def ready(request: Request) -> Response:
        name = checked_model(comparer, request)
        _check_ready(comparer)
        return json_response(ModelReady(name=name, ready=True))

    return [
        Operation(
            "GET",
            path,
            metadata,
            summary="The inputs and outputs of a model",
            answers={200: Answer(model=ModelMetadata), **described(ProtocolError, 400, 404)},
            parameters=parameters,
        ),
        Operation(
            "GET",
            f"{path}/ready",
            ready,
            summary="Whether a model has answered a warm-up",
            answers={200: Answer(model=ModelReady), **described(ProtocolError, 400, 404, 503)},
            parameters=parameters,
        ),
    ]


def _infer_operation(path: str, parameters: list[dict[str, Any]], comparer: Comparer) -> Operation:
    async def infer(request: Request) -> Response:
        name = checked_model(comparer, request)
        json_length = request.headers.get(JSON_LENGTH)
        body = await bodies.read_bounded(request, codec.LARGEST_BODY)
        # What is compressed says how many pictures it brings only when it is inflated.
        claimed = (
            claim.pictures(body, json_length) if isinstance(body, bytes) else codec.MOST_PICTURES
        )
        async with Admitted(request, comparer.engine, claimed) as place:
            question = await _decode(body, json_length)
            outputs = await comparer.engine.infer(question.images, (name,), place)
        content, head_length = codec.encode(name, version_of(comparer), question, outputs[name])
        content, headers = compress(content, request.headers.get("accept-encoding", ""))
        if head_length is None:
            return Response(content, headers=headers, media_type="application/json")
        headers[JSON_LENGTH] = str(head_length)
        return Response(content, headers=headers, media_type="application/octet-stream")

    return Operation(
        "POST",
        f"{path}/infer",
        infer,
        summary="One model's logits and probabilities for 1 to 256 pictures",
        answers={
            200: Answer(model=InferAnswer, content={"application/octet-stream": BINARY}),
            **described(ProtocolError, 400, 404, 408, 413, 503),
        },
        parameters=parameters,
        body=_INFER_BODY,
    )


def _check_ready(comparer: Comparer) -> None:
    """Raise `NotReady` until both models have answered a warm-up."""
    if not comparer.ready:
        reason = comparer.not_ready_because or "the models are still warming up"
        raise NotReady(f"{reason}; try again in a second")


async def _decode(body: Content, json_length: str | None) -> codec.Question:
    """Decode the request. Raises `BadTensor`, `RequestTooLarge` or what `decompress` raises."""
    if isinstance(body, bytes) and len(body) <= _LARGEST_ON_LOOP:
        return codec.decode(body, json_length)
    return await asyncio.to_thread(lambda: codec.decode(plain(body), json_length))


def _error(_code: str, message: str) -> dict[str, Any]:
    """The document of an error; the protocol has no place for a code."""
    return ProtocolError(error=message).model_dump()


DIALECT = Dialect("Open Inference Protocol", "/v2", operations, _error)
