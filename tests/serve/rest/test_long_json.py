"""Long requests in JSON: read piece by piece, with the same answers and refusals as short ones."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest

from contract.artifacts.manifest import INPUT
from harness.pictures import Pictures
from serve.errors import BadTensor, RequestTooLarge
from serve.rest.open_inference import claim, codec, long_json


def body(n: int, data: Any, indent: int | None = None, **more: Any) -> bytes:
    tensor = {"name": INPUT, "shape": [n, 32, 32, 3], "datatype": "UINT8", "data": data}
    return json.dumps({"inputs": [tensor], **more}, indent=indent).encode()


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("n", [1, 12, 40])
def test_flat_and_nested_data_are_read_alike(
    test_pictures: Pictures, n: int, indent: int | None
) -> None:
    images = test_pictures[:n]
    for data in (images.tolist(), images.ravel().tolist()):
        content = body(n, data, indent, id='"data": [1, 2]')
        found = codec.decode(content, None)
        assert np.array_equal(found.images, images)
        assert found.id == '"data": [1, 2]'
        assert claim.pictures(content, None) == n or indent


def test_what_is_wrong_is_refused(test_pictures: Pictures) -> None:
    n = 40
    images = test_pictures[:n]
    flat, nested = images.ravel().tolist(), images.tolist()
    uneven = images.tolist()
    uneven[20][5].pop()
    for data in (
        flat[:-1],
        [*flat, 1],
        nested[:-1],
        [*nested, nested[0]],
        [nested],
        uneven,
        [flat],
        [[v] for v in flat],
        *([*flat[:-1], wrong] for wrong in (256, -1, 1.5, True, None, "1", [1])),
        [-1, *flat[1:]],
    ):
        with pytest.raises(BadTensor, match="data"):
            codec.decode(body(n, data), None)
    content = body(n, flat)
    for old, new in ((b", ", b",, "), (b", ", b" "), (b"]", b",]"), (b"[%d, " % flat[0], b"[01, ")):
        where = content.index(b'"data"')
        broken = content[:where] + content[where:].replace(old, new, 1)
        with pytest.raises(BadTensor):
            codec.decode(broken, None)
    for cut in (content[:-1], content[:-4], content[: len(content) // 2]):
        with pytest.raises(BadTensor):
            codec.decode(cut, None)
    with pytest.raises(RequestTooLarge, match="beside the data"):
        codec.decode(content.replace(b'"data"', b'"dat\\u0061"'), None)
    with pytest.raises(RequestTooLarge, match="beside the data"):
        codec.decode(body(n, flat, id="x" * long_json.LONG), None)
    with pytest.raises(BadTensor):
        codec.decode(body(n, None, parameters={"data": flat}), None)


def test_other_threads_get_on_meanwhile(test_pictures: Pictures) -> None:
    """Counted and not timed: `json.loads` lets the other thread in about once in 50 ms."""
    content = body(256, test_pictures[:256].ravel().tolist())
    turns, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal turns
        while not ended.wait(0.0001):
            turns += 1

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    before = turns
    try:
        codec.decode(content, None)
    finally:
        ended.set()
    assert turns - before > 30
