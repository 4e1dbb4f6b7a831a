"""Whether there is room is decided before a body is decoded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.serve.in_process import ask, rest


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/v1/compare", {"content": b"no picture"}),
        ("/v1/compare", {"files": [("file", b"no"), ("file", b"picture")]}),
        ("/v1/models/hard", {"content": b"no picture"}),
        ("/v1/models/hard", {"json": {"inputs": "not base64"}}),
        ("/v2/models/hard/infer", {"content": b'{"shape": [256, 32, 32, 3], and no JSON'}),
    ],
)
def test_a_full_server_refuses_without_decoding(path: str, request_: dict[str, Any]) -> None:
    response = ask(rest(most_waiting=0), "POST", path, **request_)
    assert response.status_code == 503
    assert "pictures are waiting" in json.dumps(response.json())
    assert response.headers["retry-after"] == "1"
