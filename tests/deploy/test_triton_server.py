"""Both models on a real Triton, with what `python -m tools.triton` wrote, by HTTP and by gRPC."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from contract.twins import NAMES
from harness import reference
from harness.environment import clean_environment
from harness.paths import COMMITTED, ROOT
from harness.pictures import Pictures
from harness.servers import free_port
from tools import triton

ENVIRONMENT = ROOT / ".venv-triton"
PYTHON = ENVIRONMENT / "bin" / "python"
HERE = Path(__file__).parent
PICTURES = 100
SECONDS_TO_START = 120
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON.exists(), reason="there is no Triton here; `make triton-check` installs one"
    ),
]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where Triton answers by HTTP and by gRPC."""
    folder = tmp_path_factory.mktemp("triton")
    with _started(_repository(folder), folder) as found:
        yield found


def _repository(folder: Path) -> Path:
    """What tools.triton writes, with the Python backend in place of the one for ONNX."""
    repository = folder / "repository"
    current = triton.write(COMMITTED, repository, "cpu", triton.INSTANCES)
    for name in NAMES:
        config = repository / name / "config.pbtxt"
        text = config.read_text("utf-8")
        onnx = 'platform: "onnxruntime_onnx"'
        assert text.count(onnx) == 1
        config.write_text(text.replace(onnx, 'backend: "python"'), "utf-8")
        shutil.copy(HERE / "triton_model.py", repository / name / str(current.version) / "model.py")
    return repository


@contextmanager
def _started(repository: Path, folder: Path) -> Iterator[tuple[str, str]]:
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    version = packages.parent.name.removeprefix("python")
    parts = packages / "pytriton" / "tritonserver"
    backends = shutil.copytree(parts / "backends", folder / "backends")
    shutil.copy(
        parts / "python_backend_stubs" / version / "triton_python_backend_stub",
        backends / "python",
    )
    environment = {
        **clean_environment(),
        # The stub embeds Python, and finds the environment's packages by the program on the PATH.
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
        "LD_LIBRARY_PATH": str(packages / "nvidia_pytriton.libs"),
    }
    http, grpc = free_port(), free_port()
    command = [
        str(parts / "bin" / "tritonserver"),
        f"--model-repository={repository}",
        f"--backend-directory={backends}",
        *(f"--{each}-address=127.0.0.1" for each in ("http", "grpc")),
        f"--http-port={http}",
        f"--grpc-port={grpc}",
        "--allow-metrics=false",
    ]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{http}/v2/health/ready", process, log)
        yield f"127.0.0.1:{http}", f"127.0.0.1:{grpc}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"Triton did not start; it printed:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def answers(
    addresses: tuple[str, str],
    test_pictures: Pictures,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, NDArray[np.floating]]:
    """What the client of the environment got, by the names of triton_client.py."""
    folder = tmp_path_factory.mktemp("answers")
    np.save(folder / "pictures.npy", test_pictures[:PICTURES])
    out = folder / "answers.npz"
    parts = [PYTHON, HERE / "triton_client.py", *addresses, folder / "pictures.npy", out]
    command = [str(part) for part in parts]
    subprocess.run(command, check=True, env=clean_environment(), timeout=300)
    with np.load(out) as found:
        return dict(found)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.parametrize("model", NAMES)
def test_it_answers_as_onnx_runtime_does(
    answers: dict[str, NDArray[np.floating]], test_pictures: Pictures, protocol: str, model: str
) -> None:
    """Pictures that Triton batches by itself, and those that a client sends as one batch."""
    expected = reference.outputs(model, test_pictures[:PICTURES])["probabilities"]
    np.testing.assert_allclose(answers[f"{protocol}.{model}.single"], expected, atol=1e-5)
    np.testing.assert_allclose(answers[f"{protocol}.{model}.batch"], expected[:8], atol=1e-5)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_no_client_waits_long(answers: dict[str, NDArray[np.floating]], protocol: str) -> None:
    seconds = answers[f"{protocol}.seconds"]
    assert len(seconds) == len(NAMES) * PICTURES
    assert np.quantile(seconds, 0.99) < 0.2


@pytest.mark.usefixtures("answers")
def test_it_takes_the_configuration(addresses: tuple[str, str]) -> None:
    """Triton fills in its own values, and keeps ours."""
    for name in NAMES:
        url = f"http://{addresses[0]}/v2/models/{name}"
        taken = httpx.get(f"{url}/config", trust_env=False).json()
        assert taken["max_batch_size"] == triton.LARGEST_BATCH["cpu"]
        policy = taken["dynamic_batching"]["default_queue_policy"]
        assert policy["max_queue_size"] == triton.MOST_WAITING
        warmed = [each["batch_size"] for each in taken["model_warmup"]]
        assert warmed == [1, triton.LARGEST_BATCH["cpu"]]
        (statistics,) = httpx.get(f"{url}/stats", trust_env=False).json()["model_stats"]
        assert statistics["inference_count"] >= PICTURES
        # Some of the requests that came at the same time were answered together.
        assert 0 < statistics["execution_count"] < statistics["inference_count"]
