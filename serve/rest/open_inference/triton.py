"""What Triton's own tools ask for beside the protocol: answered, or refused in words."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from serve.errors import NotSupported
from serve.inference.compare import Comparer
from serve.rest.common.operation import Operation
from serve.rest.open_inference import codec
from serve.rest.open_inference.models import checked_model, version_of

# By path, what is not offered and what to do instead. `tritonclient` asks for each of them.
_REFUSED = {
    "/v2/models/stats": "statistics are not kept by model; /metrics has counts and times",
    "/v2/models/{name}/stats": "statistics are not kept by model; /metrics has counts and times",
    "/v2/models/{name}/versions/{number}/stats": "statistics are not kept by model; /metrics has "
    "counts and times",
    "/v2/systemsharedmemory/{rest:path}": "shared memory is not supported; send tensors in the "
    "request",
    "/v2/cudasharedmemory/{rest:path}": "shared memory is not supported; send tensors in the "
    "request",
    "/v2/repository/models/{name}/load": "models cannot be loaded by request; the server has "
    "loaded both",
    "/v2/repository/models/{name}/unload": "models cannot be unloaded by request",
    "/v2/trace/setting": "traces are not supported; each request has a line in the log",
    "/v2/logging": "the log cannot be set by request; set TWINLABEL_LOG_LEVEL",
}


def operations(comparer: Comparer) -> list[Operation]:
    """The configuration of a model, the index of models, and what is refused."""

    async def config(request: Request) -> Response:
        return JSONResponse(_config(checked_model(comparer, request), comparer))

    async def index(_request: Request) -> Response:
        state = "READY" if comparer.ready else "LOADING"
        return JSONResponse(
            [
                {"name": name, "version": version_of(comparer), "state": state, "reason": ""}
                for name in NAMES
            ]
        )

    return [
        _operation("GET", "/v2/models/{name}/config", config),
        _operation("GET", "/v2/models/{name}/versions/{number}/config", config),
        _operation("POST", "/v2/repository/index", index),
        *(_refusal(path, reason) for path, reason in _REFUSED.items()),
    ]


def _operation(method: str, path: str, endpoint: Any) -> Operation:
    return Operation(method, path, endpoint, summary="", answers={}, documented=False)


def _refusal(path: str, reason: str) -> Operation:
    async def refuse(_request: Request) -> Response:
        raise NotSupported(reason)

    return Operation("GET", path, refuse, summary="", answers={}, documented=False, also=["POST"])


def _config(name: str, comparer: Comparer) -> dict[str, Any]:
    """The configuration of a model in the form of Triton's `ModelConfig`."""
    return {
        "name": name,
        "platform": "onnxruntime_onnx",
        "backend": "onnxruntime",
        "version_policy": {"specific": {"versions": [int(version_of(comparer))]}},
        # One more dimension than below: the pictures of a request.
        "max_batch_size": codec.MOST_PICTURES,
        "input": [{"name": INPUT, "data_type": "TYPE_UINT8", "dims": list(codec.SHAPE)}],
        "output": [
            {"name": output, "data_type": "TYPE_FP32", "dims": [len(CLASSES)]} for output in OUTPUTS
        ],
    }
