"""Tensors of the Open Inference Protocol: JSON and the binary extension, both ways.

https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol and, for the
extension, https://github.com/kserve/open-inference-protocol (binary tensor data).
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import PICTURE_SIZE
from contract.manifest import INPUT, OUTPUTS
from serve.engine import Images
from serve.errors import BadTensor, RequestTooLarge

MOST_PICTURES = 256
SHAPE = (PICTURE_SIZE, PICTURE_SIZE, 3)
_BYTES = PICTURE_SIZE * PICTURE_SIZE * 3
# The largest tensor takes 4 MB as JSON, and what is parsed takes many times its bytes in memory.
_LARGEST_JSON = 8_000_000


@dataclass(frozen=True)
class Asked:
    """A request, understood."""

    images: Images
    id: str | None
    outputs: tuple[tuple[str, bool], ...]
    """Which, and whether each is to come in binary."""


def inflate(body: bytes, encoding: str, most: int) -> bytes:
    """`body` without its Content-Encoding. Raises `BadTensor`, or `RequestTooLarge` past `most`."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise BadTensor(f"Content-Encoding {encoding[:40]!r} is not read; use gzip or deflate")
    # 32 added: zlib's or gzip's header, whichever is there.
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = inflater.decompress(body, most + 1)
    except zlib.error as error:
        raise BadTensor(f"the body is not {encoding}: {error}") from None
    if len(plain) > most:
        raise RequestTooLarge(f"the body holds more than {most:,} bytes when unpacked; send fewer")
    if not inflater.eof:
        raise BadTensor(f"the {encoding} body is cut short")
    if inflater.unused_data:
        raise BadTensor(f"{len(inflater.unused_data):,} bytes follow the {encoding} body")
    return plain


def parse(body: bytes, header_length: str | None) -> Asked:
    """Raises `BadTensor`, saying what is wrong and what would be right."""
    head, tail = _split(body, header_length)
    document = _json(head)
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise BadTensor(f"inputs must be a list of one tensor, {INPUT!r}")
    request_id = document.get("id")
    if request_id is not None and not isinstance(request_id, str):
        raise BadTensor("id must be a string")
    return Asked(_images(inputs[0], tail), request_id, _outputs(document))


def _split(body: bytes, header_length: str | None) -> tuple[bytes, bytes | None]:
    if header_length is None:
        return body, None
    if not header_length.isascii() or not header_length.isdigit():
        raise BadTensor(f"Inference-Header-Content-Length is {header_length[:40]!r}, not a number")
    length = int(header_length[:20])
    if length > len(body):
        raise BadTensor(
            f"Inference-Header-Content-Length is {length:,}, but the body has {len(body):,} bytes"
        )
    return body[:length], body[length:]


def _json(head: bytes) -> dict[str, Any]:
    if len(head) > _LARGEST_JSON:
        raise RequestTooLarge(
            f"the JSON has {len(head):,} bytes, and at most {_LARGEST_JSON:,} are read; send the "
            "tensor in binary"
        )

    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON")

    try:
        document = json.loads(head, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        reason = "too deep" if isinstance(error, RecursionError) else str(error)
        raise BadTensor(f"the request is not JSON: {reason[:200]}") from None
    if not isinstance(document, dict):
        raise BadTensor("the request must be a JSON object")
    return document


def _images(tensor: dict[str, Any], tail: bytes | None) -> Images:
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
        raise BadTensor(f"shape is {_shown(shape)}; there may be 1 to {MOST_PICTURES} pictures")
    parameters = _object(tensor, "parameters")
    size = parameters.get("binary_data_size")
    if size is None:
        if tail:
            raise BadTensor("bytes follow the JSON, but the input has no binary_data_size")
        return _from_json(tensor.get("data"), n)
    if type(size) is not int or tail is None or size != len(tail) or size != n * _BYTES:
        raise BadTensor(
            f"binary_data_size is {_shown(size)}, {len(tail or b''):,} bytes follow the JSON, and "
            f"the shape takes {n * _BYTES:,}; all three must agree"
        )
    return np.frombuffer(tail, np.uint8).reshape(n, *SHAPE)


def _from_json(data: object, n: int) -> Images:
    if not isinstance(data, list):
        raise BadTensor("data must be a list of numbers, nested or flat")
    # Checked as lists: NumPy would make room for what is refused, as much as the longest string in
    # it takes, times their number.
    sizes, values = [len(data)], data
    while values and type(values[0]) is list:
        if any(type(part) is not list or len(part) != len(values[0]) for part in values):
            raise BadTensor("data is nested unevenly")
        sizes.append(len(values[0]))
        values = list(chain.from_iterable(values))
        if len(sizes) > 1 + len(SHAPE):
            break
    if sizes not in ([n * _BYTES], [n, *SHAPE]):
        raise BadTensor(
            f"data has shape {sizes}, but the tensor's is {[n, *SHAPE]}; nest it so, or give "
            f"{n * _BYTES:,} numbers in one list"
        )
    if set(map(type, values)) != {int}:
        raise BadTensor("data must be whole numbers from 0 to 255")
    low, high = min(values), max(values)
    if low < 0 or high > 255:
        raise BadTensor(
            f"data reaches from {_shown(low)} to {_shown(high)}; 0 to 255 is allowed for its whole "
            "numbers"
        )
    return np.array(values, np.uint8).reshape(n, *SHAPE)


def _outputs(document: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
    binary = _flag(_object(document, "parameters"), "binary_data_output")
    asked = document.get("outputs")
    if asked is None or asked == []:
        return tuple((name, binary) for name in OUTPUTS)
    if not isinstance(asked, list) or not all(isinstance(output, dict) for output in asked):
        raise BadTensor("outputs must be a list of objects, each with a name")
    found: list[tuple[str, bool]] = []
    for output in asked:
        if output.get("name") not in OUTPUTS:
            names = " and ".join(OUTPUTS)
            raise BadTensor(f"there is no output {_shown(output.get('name'))}; there are {names}")
        parameters = _object(output, "parameters")
        if "classification" in parameters:
            raise BadTensor("the classification extension is not spoken; use /v1/models/NAME")
        if any(output["name"] == name for name, _ in found):
            raise BadTensor(f"output {output['name']!r} is asked for twice; once is enough")
        found.append((output["name"], _flag(parameters, "binary_data", binary)))
    return tuple(found)


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadTensor(f"{key} must be an object")
    return value


def _flag(parameters: dict[str, Any], key: str, default: bool = False) -> bool:
    value = parameters.get(key, default)
    if not isinstance(value, bool):
        raise BadTensor(f"{key} is {_shown(value)}; it must be true or false")
    return value


def _shown(value: object) -> str:
    return repr(value)[:60]


def answer(
    model: str, version: str, asked: Asked, outputs: dict[str, NDArray[np.float32]]
) -> tuple[bytes, int | None]:
    """The response's body, and how much of it is JSON where something binary follows."""
    described: list[dict[str, Any]] = []
    tail: list[bytes] = []
    for name, binary in asked.outputs:
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
    if asked.id is not None:
        document["id"] = asked.id
    document["outputs"] = described
    head = json.dumps(document).encode()
    return b"".join([head, *tail]), (len(head) if tail else None)
