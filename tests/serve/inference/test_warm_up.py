"""A warm-up that fails: it is tried again, and whoever asks is told why."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from contract.artifacts import manifest
from harness.servers import REST, running
from serve.http.metrics import Metrics
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from serve.inference.runtime import LoadedPair
from serve.rest import application
from tests.serve.in_process import answer, pair


class Failing(LoadedPair):
    """The committed pair, whose runs fail so many times before they succeed."""

    failures = 0

    def infer(self, name: str, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        if Failing.failures > 0:
            Failing.failures -= 1
            raise RuntimeError("CUDA failure 2: out of memory\nand more lines")
        return super().infer(name, images)


@pytest.fixture
def comparer() -> Any:
    of = pair()
    engine = Engine(Failing(of.manifest, of.device, of.sessions, of.manifest))
    yield Comparer(engine)
    Failing.failures = 0
    engine.close()


async def _states(comparer: Comparer) -> list[httpx.Response]:
    app = application.create(comparer, Metrics())
    return [await answer(app, "GET", path) for path in ("/healthz", "/v2/health/ready")]


def test_it_is_tried_again_until_it_succeeds(
    comparer: Comparer, caplog: pytest.LogCaptureFixture
) -> None:
    Failing.failures = 3
    asyncio.run(comparer.become_ready(pauses=(0.01,)))
    assert comparer.ready
    assert comparer.not_ready_because is None
    lines = [record.getMessage() for record in caplog.records if "not ready" in record.message]
    assert lines
    assert "and more lines" not in caplog.text
    reason = "the models fail in the warm-up: CUDA failure 2: out of memory"
    assert set(lines) == {f"not ready: {reason}; trying again in 0.01 s"}


def test_while_it_fails_health_and_readiness_say_why(comparer: Comparer) -> None:
    async def ask() -> tuple[list[httpx.Response], list[httpx.Response]]:
        before = await _states(comparer)
        warming = asyncio.create_task(comparer.become_ready(pauses=(60,)))
        while comparer.not_ready_because is None:
            await asyncio.sleep(0.01)
        failing = await _states(comparer)
        warming.cancel()
        return before, failing

    Failing.failures = 1_000
    (health, ready), (failing, not_ready) = asyncio.run(ask())
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert health.json()["not_ready_because"] is None
    assert "still warming up" in ready.json()["error"]
    assert failing.status_code == 503
    found = failing.json()
    assert (found["status"], found["ready"]) == ("failing", False)
    assert "out of memory" in found["not_ready_because"]
    assert not_ready.status_code == 503
    assert "out of memory" in not_ready.json()["error"]


def make_unable(folder: Path) -> None:
    """Let the hard model of a published pair load, and fail at every run.

    Its last step looks for an eleventh class, which ONNX Runtime notices when it gets there.
    """
    path = folder / manifest.FILE
    content = json.loads(path.read_text())
    entry = content["models"]["hard"]
    file = folder / entry["path"]
    model = onnx.load(file)
    place, node = next((i, n) for i, n in enumerate(model.graph.node) if "logits" in n.output)
    node.output[list(node.output).index("logits")] = "ten"
    classes = np.array([*range(9), 10])
    model.graph.initializer.append(onnx.numpy_helper.from_array(classes, "classes"))
    gather = onnx.helper.make_node("Gather", ["ten", "classes"], ["logits"], axis=1)
    model.graph.node.insert(place + 1, gather)
    file.write_bytes(model.SerializeToString())
    entry["sha256"] = manifest.sha256(file.read_bytes())
    path.write_text(json.dumps(content))


def test_a_real_server_whose_model_fails_says_so_to_get_and_head(
    pair_copy: Path, tmp_path: Path
) -> None:
    make_unable(pair_copy)
    failing = replace(REST, status=503)
    with running(failing, log=tmp_path / "log", TWINLABEL_MODELS=str(pair_copy)) as server:
        found = httpx.get(f"{server.url}/healthz")
        head = httpx.head(f"{server.url}/healthz")
        assert (found.status_code, head.status_code) == (503, 503)
        document = found.json()
        assert (document["status"], document["ready"]) == ("failing", False)
        reason = document["not_ready_because"]
        assert reason.startswith("the models fail in the warm-up: ")
        assert "indices element out of data bounds" in reason
        assert head.content == b""
        for header in ("content-type", "content-length"):
            assert head.headers[header] == found.headers[header]
        assert httpx.get(f"{server.url}/v2/health/ready").status_code == 503
        # The process lives on, for what is wrong may pass.
        assert server.process.poll() is None
        assert reason in server.printed()
