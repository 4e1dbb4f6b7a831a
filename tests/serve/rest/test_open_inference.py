"""Wrong requests of the Open Inference Protocol get an error in the form of that protocol."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import httpx
import numpy as np
import pytest

from harness.servers import Server

BYTES = 32 * 32 * 3


def tensor(**changes: Any) -> dict[str, Any]:
    good = {
        "name": "images",
        "shape": [1, 32, 32, 3],
        "datatype": "UINT8",
        "data": [0] * BYTES,
    }
    return good | changes


def infer(server: Server, document: Any, **request: Any) -> httpx.Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return httpx.post(f"{server.url}/v2/models/hard/infer", content=body, timeout=30, **request)


def refused(response: httpx.Response, said: str, status: int = 400) -> None:
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error"]
    assert said in response.json()["error"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "pictures"}, "'pictures'; it must be 'images'"),
        ({"datatype": "FP32"}, "'FP32'; it must be 'UINT8'"),
        ({"shape": [32, 32, 3]}, "it must be [n, 32, 32, 3]"),
        ({"shape": [1, 3, 32, 32]}, "it must be [n, 32, 32, 3]"),
        ({"shape": "1"}, "it must be [n, 32, 32, 3]"),
        ({"shape": [True, 32, 32, 3]}, "it must be [n, 32, 32, 3]"),
        ({"shape": [0, 32, 32, 3], "data": []}, "1 to 256 pictures"),
        ({"shape": [-1, 32, 32, 3]}, "1 to 256 pictures"),
        ({"shape": [10**30, 32, 32, 3]}, "1 to 256 pictures"),
        ({"shape": [2, 32, 32, 3]}, "data has shape [3072]"),
        ({"data": [0] * (BYTES - 1)}, "data has shape [3071]"),
        ({"data": [256] + [0] * (BYTES - 1)}, "send whole numbers from 0 to 255"),
        ({"data": [-1] + [0] * (BYTES - 1)}, "send whole numbers from 0 to 255"),
        ({"data": [0.5] * BYTES}, "whole numbers"),
        ({"data": ["a"] * BYTES}, "whole numbers"),
        ({"data": [10**30] * BYTES}, "whole numbers"),
        ({"data": [[0], [0, 0]]}, "nested unevenly"),
        ({"data": [[[[0] * 3] * 32] * 32, 0]}, "nested unevenly"),
        ({"data": [True] * BYTES}, "whole numbers"),
        # NumPy would give every element as much memory as the longest string: 3 GB.
        ({"data": ["a" * 250_000] + [""] * (BYTES - 1)}, "whole numbers"),
        ({"data": None}, "must be a list"),
        ({"parameters": 3}, "parameters must be an object"),
        ({"parameters": {"binary_data_size": 5}}, "all three must agree"),
    ],
)
def test_a_bad_tensor(server: Server, changes: dict[str, Any], said: str) -> None:
    refused(infer(server, {"inputs": [tensor(**changes)]}), said)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[1]", "must be a JSON object"),
        (b"[" * 50_000, "not JSON"),
        (b'{"inputs": [NaN]}', "NaN is not allowed in JSON"),
        (b'{"inputs": [Infinity]}', "Infinity is not allowed in JSON"),
        (b"\xff\xfe", "not JSON"),
        ({}, "inputs must be a list of one tensor named 'images'"),
        ({"inputs": [tensor(), tensor()]}, "inputs must be a list of one tensor named 'images'"),
        ({"id": 3, "inputs": [tensor()]}, "id must be a string"),
        ({"inputs": [tensor()], "outputs": [{"name": "labels"}]}, "there is no output 'labels'"),
        ({"inputs": [tensor()], "outputs": ["logits"]}, "outputs must be a list of objects"),
        (
            {"inputs": [tensor()], "parameters": {"binary_data_output": 1}},
            "it must be true or false",
        ),
    ],
)
def test_a_bad_request(server: Server, document: Any, said: str) -> None:
    refused(infer(server, document), said)


@pytest.mark.parametrize(
    ("length", "said"), [("x", "not a number"), ("-1", "not a number"), ("9" * 30, "the body has")]
)
def test_a_bad_header_length(server: Server, length: str, said: str) -> None:
    headers = {"inference-header-content-length": length}
    refused(infer(server, {"inputs": [tensor()]}, headers=headers), said)


def test_bytes_and_shape_must_agree(server: Server) -> None:
    parameters = {"binary_data_size": BYTES}
    head = json.dumps({"inputs": [tensor(data=None, parameters=parameters)]}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    assert infer(server, head + bytes(BYTES), headers=headers).status_code == 200
    refused(infer(server, head + bytes(BYTES - 1), headers=headers), "3,071 bytes follow")
    refused(infer(server, head + bytes(BYTES + 1), headers=headers), "3,073 bytes follow")
    plain = json.dumps({"inputs": [tensor()]}).encode()
    headers = {"inference-header-content-length": str(len(plain))}
    refused(infer(server, plain + b"more", headers=headers), "no binary_data_size")


def test_an_output_is_given_once(server: Server) -> None:
    """A million copies of it would fill the memory."""
    asked = [{"name": "logits"}, {"name": "probabilities"}, {"name": "logits"}]
    refused(infer(server, {"inputs": [tensor()], "outputs": asked}), "'logits' is asked for twice")


def test_a_gzip_bomb_is_not_unpacked(server: Server) -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
    assert len(bomb) < 300_000
    headers = {"content-encoding": "gzip"}
    refused(infer(server, bomb, headers=headers), "when decompressed", status=413)
    refused(infer(server, b"no gzip", headers=headers), "not valid gzip")
    cut = zlib.compress(json.dumps({"inputs": [tensor()]}).encode())[:-5]
    refused(infer(server, cut, headers={"content-encoding": "deflate"}), "cut short")
    unknown = infer(server, b"x", headers={"content-encoding": "br"})
    refused(unknown, "'br' is not supported", status=415)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/hard/infer", 405),
        ("POST", "/v2/models/hard", 405),
        ("GET", "/v2/models/harder", 404),
        ("GET", "/v2/models/hard/versions/99", 404),
        ("POST", "/v2/models/hard/versions/99/infer", 404),
        ("GET", "/v2/repository", 404),
        ("PUT", "/v2", 405),
    ],
)
def test_other_routes(server: Server, method: str, path: str, status: int) -> None:
    response = httpx.request(method, f"{server.url}{path}")
    refused(response, "", status)
    if status == 405:
        assert response.headers["allow"] in ("GET, HEAD", "POST")


def test_nested_data_is_read_as_flat(server: Server) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3))
    answers = [
        infer(server, {"inputs": [tensor(shape=[2, 32, 32, 3], data=data)]}).json()
        for data in (images.tolist(), images.ravel().tolist())
    ]
    assert answers[0] == answers[1]
    assert answers[0]["outputs"][0]["shape"] == [2, 10]
    assert "id" not in answers[0]
