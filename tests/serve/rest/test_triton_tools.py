"""KServe's and Triton's clients beside inference: answered, or refused in the protocol's form."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import pytest
import tritonclient.http as triton
from starlette.types import ASGIApp
from tritonclient.utils import InferenceServerException

from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.twins import NAMES
from harness.pictures import Pictures
from harness.servers import Server
from tests.serve.in_process import ask, rest


@cache
def app() -> ASGIApp:
    return rest()


def test_kserve_reads_json_from_health(server: Server) -> None:
    assert httpx.get(f"{server.url}/v2/health/live").json() == {"live": True}
    assert httpx.get(f"{server.url}/v2/health/ready").json() == {"ready": True}
    ready = httpx.get(f"{server.url}/v2/models/hard/ready").json()
    assert ready == {"name": "hard", "ready": True}


def test_triton_reads_the_configuration_and_the_index(server: Server) -> None:
    with triton.InferenceServerClient(server.url.removeprefix("http://")) as client:
        config = client.get_model_config("smoothed")
        assert config["max_batch_size"] == 256
        assert config["input"] == [{"name": INPUT, "data_type": "TYPE_UINT8", "dims": [32, 32, 3]}]
        assert [output["name"] for output in config["output"]] == list(OUTPUTS)
        index = client.get_model_repository_index()
        assert [model["name"] for model in index] == list(NAMES)
        assert {model["state"] for model in index} == {"READY"}


def test_what_is_not_offered_is_refused_in_words(server: Server) -> None:
    with triton.InferenceServerClient(server.url.removeprefix("http://")) as client:
        refused: list[tuple[Callable[[], Any], str]] = [
            (lambda: client.get_inference_statistics("hard"), "/metrics has counts"),
            (lambda: client.get_system_shared_memory_status(), "shared memory is not supported"),
            (
                lambda: client.register_system_shared_memory("a", "/a", 10),
                "shared memory is not supported",
            ),
            (lambda: client.load_model("hard"), "cannot be loaded by request"),
            (lambda: client.get_trace_settings(), "traces are not supported"),
            (lambda: client.get_log_settings(), "TWINLABEL_LOG_LEVEL"),
        ]
        for call, said in refused:
            with pytest.raises(InferenceServerException, match=said):
                call()


def test_shared_memory_is_refused_and_not_ignored(test_pictures: Pictures) -> None:
    tensor = {
        "name": INPUT,
        "shape": [1, 32, 32, 3],
        "datatype": "UINT8",
        "data": test_pictures[:1].ravel().tolist(),
    }
    region = {"shared_memory_region": "a", "shared_memory_byte_size": 3072}
    for document in (
        {"inputs": [{**tensor, "parameters": region}]},
        {"inputs": [tensor], "outputs": [{"name": "logits", "parameters": region}]},
    ):
        response = ask(app(), "POST", "/v2/models/hard/infer", json=document)
        assert response.status_code == 400
        assert "shared memory is not supported" in response.json()["error"]
