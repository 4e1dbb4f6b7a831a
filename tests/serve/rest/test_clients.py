"""The clients that people already use, unmodified, on the real server with the committed pair."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from huggingface_hub import InferenceClient
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness import reference
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import Server


def offline(name: str, test_pictures: Pictures, n: int) -> dict[str, NDArray[np.float32]]:
    """The outputs of the committed model for the first `n` test pictures, without a server."""
    return reference.outputs(name, test_pictures[:n])


def address(server: Server) -> str:
    return server.url.removeprefix("http://")


def tensors(client: Any, images: NDArray[np.uint8], binary: bool) -> tuple[list[Any], list[Any]]:
    given = client.InferInput(INPUT, list(images.shape), "UINT8")
    given.set_data_from_numpy(images, binary_data=binary)
    return [given], [client.InferRequestedOutput(name, binary_data=binary) for name in OUTPUTS]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
@pytest.mark.parametrize("n", [1, 40])
def test_tritonclient(
    server: Server, test_pictures: Pictures, binary: bool, packed: str | None, n: int
) -> None:
    images = test_pictures[:n]
    with triton.InferenceServerClient(address(server)) as client:
        given, wanted = tensors(triton, images, binary)
        result = client.infer(
            "smoothed",
            given,
            outputs=wanted,
            request_id="seven",
            request_compression_algorithm=packed,
            response_compression_algorithm=packed,
        )
    assert result.get_response()["id"] == "seven"
    for output, expected in offline("smoothed", test_pictures, n).items():
        assert result.as_numpy(output) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("binary", [True, False])
def test_tritonclient_async(server: Server, test_pictures: Pictures, binary: bool) -> None:
    async def ask() -> dict[str, NDArray[np.float32]]:
        async with triton_aio.InferenceServerClient(address(server)) as client:
            given, wanted = tensors(triton_aio, test_pictures[:3], binary)
            result = await client.infer("hard", given, outputs=wanted)
            return {name: result.as_numpy(name) for name in OUTPUTS}

    found = asyncio.run(ask())
    for output, expected in offline("hard", test_pictures, 3).items():
        assert found[output] == pytest.approx(expected, abs=1e-5)


def test_tritonclient_takes_the_largest_batch_and_no_larger(
    server: Server, test_pictures: Pictures
) -> None:
    images = test_pictures[:257]
    with triton.InferenceServerClient(address(server)) as client:
        given, _ = tensors(triton, images[:256], True)
        probabilities = client.infer("hard", given).as_numpy("probabilities")
        expected = offline("hard", test_pictures, 256)["probabilities"]
        assert probabilities == pytest.approx(expected, abs=1e-5)
        given, _ = tensors(triton, images, True)
        with pytest.raises(InferenceServerException, match="1 to 256 pictures"):
            client.infer("hard", given)


def test_tritonclient_reads_state_and_metadata(server: Server) -> None:
    version = str(manifest.read(COMMITTED).version)
    with triton.InferenceServerClient(address(server)) as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("hard")
        assert client.is_model_ready("hard", version)
        assert not client.is_model_ready("harder")
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        described = client.get_model_metadata("smoothed")
        assert described["inputs"] == [
            {"name": INPUT, "datatype": "UINT8", "shape": [-1, 32, 32, 3]}
        ]
        assert [output["name"] for output in described["outputs"]] == list(OUTPUTS)
        with pytest.raises(InferenceServerException, match="no model 'harder'"):
            client.get_model_metadata("harder")


@pytest.mark.parametrize("name", NAMES)
def test_huggingface_hub(server: Server, test_pictures: Pictures, name: str) -> None:
    client = InferenceClient()
    url = f"{server.url}/v1/models/{name}"
    expected = offline(name, test_pictures, 3)["probabilities"][2]
    found = client.image_classification(as_png(test_pictures, 2), model=url)
    assert len(found) == 5
    assert found[0].label == CLASSES[int(expected.argmax())]
    assert [score.score for score in found] == pytest.approx(
        sorted(expected.tolist(), reverse=True)[:5], abs=1e-6
    )
    two = client.image_classification(as_png(test_pictures, 2), model=url, top_k=2)
    assert [score.label for score in two] == [score.label for score in found[:2]]
    plain = client.image_classification(
        as_png(test_pictures, 2), model=url, function_to_apply="none", top_k=10
    )
    logits = offline(name, test_pictures, 3)["logits"][2]
    assert plain[0].score == pytest.approx(float(logits.max()), abs=1e-4)


def test_gradio_client(server: Server, test_pictures: Pictures, tmp_path: Path) -> None:
    from gradio_client import Client, handle_file

    (tmp_path / "photo.png").write_bytes(as_png(test_pictures, 3))
    client = Client(server.url, verbose=False)
    document = client.predict(handle_file(str(tmp_path / "photo.png")), api_name="/compare")
    rest = httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures, 3)).json()
    assert document["results"] == rest["results"]


def test_curl(server: Server, test_pictures: Pictures, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here")
    (tmp_path / "a.png").write_bytes(as_png(test_pictures, 1))
    (tmp_path / "b.txt").write_text("no picture")
    url = f"{server.url}/v1/compare"

    def ask(*options: str) -> Any:
        done = subprocess.run(
            [curl, "-s", *options, url], cwd=tmp_path, capture_output=True, check=True
        )
        return json.loads(done.stdout)

    raw = ask("--data-binary", "@a.png")["results"]
    several = ask("-F", "file=@a.png", "-F", "file=@b.txt")["results"]
    assert several[0]["models"] == raw[0]["models"]
    assert [result["name"] for result in several] == ["a.png", "b.txt"]
    assert several[1]["models"] is None
    assert several[1]["error"]["code"] == "unknown_format"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body"),
        (b"[]", "the body"),
        (b"{}", "inputs"),
        (b'{"inputs": 1}', "inputs"),
        (b'{"inputs": "http://127.0.0.1/a.png"}', "a URL is not opened"),
        (b'{"inputs": "AAAA"}', "not a picture"),
        (b'{"inputs": "", "parameters": {"top_k": 0}}', "parameters.top_k"),
        (b'{"inputs": "", "parameters": {"top_k": true}}', "parameters.top_k"),
        (b'{"inputs": "", "parameters": {"function_to_apply": "tanh"}}', "function_to_apply"),
        (b'{"inputs": ' + b"[" * 100_000, "the body"),
    ],
)
def test_bad_json_for_hugging_face_is_refused_in_words(
    server: Server, body: bytes, said: str
) -> None:
    response = httpx.post(
        f"{server.url}/v1/models/hard", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code in (400, 415, 422)
    assert said in response.json()["error"]["message"]


def test_null_parameters_are_as_good_as_none(server: Server, test_pictures: Pictures) -> None:
    inputs = base64.b64encode(as_png(test_pictures)).decode()
    url = f"{server.url}/v1/models/hard"
    bare = httpx.post(url, json={"inputs": inputs}).json()
    given = {"inputs": inputs, "parameters": {"top_k": None, "function_to_apply": None}}
    assert httpx.post(url, json=given).json() == bare
    assert httpx.post(url.replace("hard", "harder"), content=b"x").status_code == 404


def test_schemathesis_finds_no_answer_outside_the_schema(server: Server, tmp_path: Path) -> None:
    """Generated requests to each operation get no 5xx, and only answers that OpenAPI describes."""
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{server.url}/openapi.json",
            "--checks=not_a_server_error,status_code_conformance,content_type_conformance,"
            "response_schema_conformance",
            "--max-examples=15",
            "--seed=1",
            "--phases=examples,coverage,fuzzing",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
