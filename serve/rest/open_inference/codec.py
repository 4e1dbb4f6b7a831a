"""Decodes requests and encodes answers of the Open Inference Protocol, in JSON and in binary.

The protocol: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
Its binary tensor data extension: https://github.com/kserve/open-inference-protocol
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.cifar10 import PICTURE_SIZE
from serve.errors import BadTensor, RequestTooLarge
from serve.inference.engine import Images
from serve.rest.open_inference import long_json

MOST_PICTURES = 256
"""The number of pictures that one request may hold."""
SHAPE = (PICTURE_SIZE, PICTURE_SIZE, 3)
_BYTES = PICTURE_SIZE * PICTURE_SIZE * 3
# The largest tensor takes 4 MB as JSON. Parsed JSON takes many times its size in memory.
_LARGEST_JSON = 8_000_000
LARGEST_BODY = _LARGEST_JSON + MOST_PICTURES * _BYTES
"""Bytes of the longest request that may be valid, when it is not compressed."""
_SHARED = "shared_memory_region"


@dataclass(frozen=True)
class Question:
    """A request after decoding."""

    images: Images
    """uint8 `[n, 32, 32, 3]`."""
    id: str | None
    """Chosen by the client, and repeated in the answer."""
    outputs: tuple[tuple[str, bool], ...]
    """The names of the outputs that are asked for, and whether each is wanted in binary."""


def decode(body: bytes, json_length: str | None) -> Question:
    """Decode a request that is not compressed.

    `json_length` is the header Inference-Header-Content-Length. Without it the whole body is JSON.
    Raises `BadTensor` if anything is wrong, and `RequestTooLarge` if the JSON is too long.
    """
    head, tail = _split(body, json_length)
    data = b""
    if long_json.LONG < len(head) <= _LARGEST_JSON:
        head, data = long_json.without_data(head)
    document = _json(head)
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise BadTensor(f"inputs must be a list of one tensor named {INPUT!r}")
    request_id = document.get("id")
    if request_id is not None and not isinstance(request_id, str):
        raise BadTensor(f"id must be a string, not {_shown(request_id)}")
    return Question(_images(inputs[0], tail, data), request_id, _outputs(document))


def _split(body: bytes, json_length: str | None) -> tuple[bytes, bytes | None]:
    """The JSON of a body, and the binary part that follows it, or None if there can be none."""
    if json_length is None:
        return body, None
    if not json_length.isascii() or not json_length.isdigit():
        raise BadTensor(
            f"Inference-Header-Content-Length is {json_length[:40]!r}, not a number; send the "
            "number of bytes of the JSON"
        )
    length = int(json_length[:20])
    if length > len(body):
        raise BadTensor(
            f"Inference-Header-Content-Length is {length:,}, but the body has {len(body):,} bytes; "
            "send the number of bytes of the JSON"
        )
    return body[:length], body[length:]


def _json(head: bytes) -> dict[str, Any]:
    """The JSON object of a request. NaN and Infinity, which are not JSON, are not accepted."""
    if len(head) > _LARGEST_JSON:
        raise RequestTooLarge(
            f"the JSON has {len(head):,} bytes, more than the limit of {_LARGEST_JSON:,} bytes; "
            "send the tensor in binary"
        )

    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not allowed in JSON")

    try:
        document = json.loads(head, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise BadTensor(f"the request is not JSON ({reason}); send a JSON object") from None
    if not isinstance(document, dict):
        raise BadTensor("the request must be a JSON object")
    return document


def _images(tensor: dict[str, Any], tail: bytes | None, data: bytes) -> Images:
    """The pictures in a tensor, uint8 `[n, 32, 32, 3]`, from its JSON or from the binary part.

    `data` is that of a long JSON, which has a mark in its place.
    """
    if tensor.get("name") != INPUT:
        raise BadTensor(f"the input is named {_shown(tensor.get('name'))}; it must be {INPUT!r}")
    if tensor.get("datatype") != "UINT8":
        raise BadTensor(f"datatype is {_shown(tensor.get('datatype'))}; it must be 'UINT8'")
    shape = tensor.get("shape")
    if (
        not isinstance(shape, list)
        or len(shape) != 4
        or any(type(side) is not int for side in shape)
        or tuple(shape[1:]) != SHAPE
    ):
        raise BadTensor(f"shape is {_shown(shape)}; it must be [n, 32, 32, 3]")
    n = shape[0]
    if not 1 <= n <= MOST_PICTURES:
        raise BadTensor(f"shape is {_shown(shape)}; send 1 to {MOST_PICTURES} pictures")
    parameters = _object(tensor, "parameters")
    if _SHARED in parameters:
        raise BadTensor("shared memory is not supported; send the tensor in the request")
    size = parameters.get("binary_data_size")
    if size is None:
        if tail:
            raise BadTensor(
                f"{len(tail):,} bytes follow the JSON, but the input has no binary_data_size; give "
                "it among the parameters of the input"
            )
        if data and tensor.get("data") == long_json.MARK:
            return long_json.pictures(data, n)
        return _from_json(tensor.get("data"), n)
    if type(size) is not int or tail is None or size != len(tail) or size != n * _BYTES:
        raise BadTensor(
            f"binary_data_size is {_shown(size)}, {len(tail or b''):,} bytes follow the JSON, and "
            f"the shape needs {n * _BYTES:,} bytes; all three must agree"
        )
    return np.frombuffer(tail, np.uint8).reshape(n, *SHAPE)


def _from_json(data: object, n: int) -> Images:
    """The pictures in the numbers of a JSON array, which may be nested or flat."""
    if not isinstance(data, list):
        raise BadTensor("data must be a list of numbers, nested or flat")
    # Checked before NumPy sees them: for an array with strings in it, NumPy would give every
    # element as much memory as the longest string needs.
    sizes, values = [len(data)], data
    while values and type(values[0]) is list:
        if any(type(part) is not list or len(part) != len(values[0]) for part in values):
            raise BadTensor("data is nested unevenly; lists at the same depth must be equally long")
        sizes.append(len(values[0]))
        values = list(chain.from_iterable(values))
        if len(sizes) > 1 + len(SHAPE):
            break
    if sizes not in ([n * _BYTES], [n, *SHAPE]):
        raise BadTensor(
            f"data has shape {sizes}, but the shape of the tensor is {[n, *SHAPE]}; nest data like "
            f"that, or send {n * _BYTES:,} numbers in one list"
        )
    if set(map(type, values)) != {int}:
        raise BadTensor("data must be whole numbers from 0 to 255")
    low, high = min(values), max(values)
    if low < 0 or high > 255:
        raise BadTensor(
            f"data has values from {_shown(low)} to {_shown(high)}; send whole numbers from 0 to "
            "255"
        )
    return np.array(values, np.uint8).reshape(n, *SHAPE)


def _outputs(document: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
    """The outputs that a request asks for, as in `Question.outputs`; all of them by default."""
    binary = _flag(_object(document, "parameters"), "binary_data_output")
    asked = document.get("outputs")
    if asked is None or asked == []:
        return tuple((name, binary) for name in OUTPUTS)
    if not isinstance(asked, list) or not all(isinstance(output, dict) for output in asked):
        raise BadTensor("outputs must be a list of objects, each with a name")
    found: list[tuple[str, bool]] = []
    for output in asked:
        if output.get("name") not in OUTPUTS:
            names = " or ".join(OUTPUTS)
            raise BadTensor(f"there is no output {_shown(output.get('name'))}; use {names}")
        parameters = _object(output, "parameters")
        if _SHARED in parameters:
            raise BadTensor("shared memory is not supported; the outputs are in the answer")
        if "classification" in parameters:
            raise BadTensor("the classification extension is not supported; use /v1/models/NAME")
        if any(output["name"] == name for name, _ in found):
            raise BadTensor(f"output {output['name']!r} is asked for twice; ask for it once")
        found.append((output["name"], _flag(parameters, "binary_data", binary)))
    return tuple(found)


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    """The object at `key`, empty if there is none. Raises `BadTensor` for any other value."""
    value = holder.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadTensor(f"{key} must be an object, not {_shown(value)}")
    return value


def _flag(parameters: dict[str, Any], key: str, default: bool = False) -> bool:
    """The boolean at `key`. Raises `BadTensor` for any other value."""
    value = parameters.get(key, default)
    if not isinstance(value, bool):
        raise BadTensor(f"{key} is {_shown(value)}; it must be true or false")
    return value


def _shown(value: object) -> str:
    """A value of the client's, short enough for a message."""
    return repr(value)[:60]


def encode(
    model: str, version: str, question: Question, outputs: dict[str, NDArray[np.float32]]
) -> tuple[bytes, int | None]:
    """The body of the answer with the outputs `[n, 10]` that the question asks for.

    Also gives the number of bytes that are JSON, or None if nothing binary follows them.
    """
    described: list[dict[str, Any]] = []
    tail: list[bytes] = []
    for name, binary in question.outputs:
        values = outputs[name]
        tensor: dict[str, Any] = {"name": name, "shape": list(values.shape), "datatype": "FP32"}
        if binary:
            raw = values.astype("<f4").tobytes()
            tensor["parameters"] = {"binary_data_size": len(raw)}
            tail.append(raw)
        else:
            tensor["data"] = values.ravel().tolist()
        described.append(tensor)
    document: dict[str, Any] = {"model_name": model, "model_version": version}
    if question.id is not None:
        document["id"] = question.id
    document["outputs"] = described
    head = json.dumps(document).encode()
    return b"".join([head, *tail]), (len(head) if tail else None)
