"""The repository for Triton, read back with Triton's own schema."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
from google.protobuf import text_format

from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, INT8, OUTPUTS
from contract.twins import NAMES
from harness.environment import clean_environment
from harness.paths import COMMITTED, ROOT
from tools import triton


def schema() -> Any:
    """Triton's schema of configurations, without importing the package's part for gRPC."""
    package = importlib.util.find_spec("tritonclient")
    assert package is not None
    assert package.submodule_search_locations is not None
    path = Path(next(iter(package.submodule_search_locations))) / "grpc" / "model_config_pb2.py"
    spec = importlib.util.spec_from_file_location("model_config_pb2", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCHEMA = schema()


def read(folder: Path, name: str) -> Any:
    text = (folder / name / "config.pbtxt").read_text("utf-8")
    return text_format.Parse(text, SCHEMA.ModelConfig())


@pytest.mark.parametrize("device", ["cpu", "gpu"])
@pytest.mark.parametrize("models", [COMMITTED, COMMITTED / INT8], ids=["fp32", "int8"])
def test_triton_reads_it_and_it_fits_the_models(models: Path, device: str, tmp_path: Path) -> None:
    current = triton.write(models, tmp_path / "out", device, instances=2)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(NAMES)
    for name in NAMES:
        config = read(tmp_path / "out", name)
        assert (config.name, config.platform) == (name, "onnxruntime_onnx")
        content = (tmp_path / "out" / name / str(current.version) / "model.onnx").read_bytes()
        assert manifest.sha256(content) == current.models[name].sha256
        graph = onnx.load_from_string(content).graph
        for ours, theirs, kinds in (
            (config.input, graph.input, {"TYPE_UINT8": onnx.TensorProto.UINT8}),
            (config.output, graph.output, {"TYPE_FP32": onnx.TensorProto.FLOAT}),
        ):
            for one, other in zip(ours, theirs, strict=True):
                assert one.name == other.name
                tensor = other.type.tensor_type
                assert kinds[SCHEMA.DataType.Name(one.data_type)] == tensor.elem_type
                # The first dimension of the graph is the batch, which Triton adds.
                assert list(one.dims) == [d.dim_value for d in tensor.shape.dim][1:]
        (group,) = config.instance_group
        assert SCHEMA.ModelInstanceGroup.Kind.Name(group.kind) == f"KIND_{device.upper()}"
        assert group.count == 2
        policy = config.dynamic_batching.default_queue_policy
        assert (policy.max_queue_size, policy.default_timeout_microseconds) == (256, 1_000_000)
        assert policy.timeout_action == SCHEMA.ModelQueuePolicy.REJECT
        assert [w.batch_size for w in config.model_warmup] == [1, config.max_batch_size]
        assert [list(w.inputs) for w in config.model_warmup] == [[INPUT]] * 2
        assert ("intra_op_thread_count" in config.parameters) == (device == "cpu")
    assert [output.name for output in config.output] == list(OUTPUTS)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.triton", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_how_to_start_triton_and_keeps_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "repository"
    done = run(str(out), "--int8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"  tritonserver --model-repository={out}"
    again = run(str(out))
    assert again.returncode == 1
    assert again.stderr == f"triton: {out} is not empty; name a new folder\n"
    nothing = run(str(tmp_path / "other"), "--models", str(tmp_path / "none"))
    assert nothing.returncode == 1
    assert "there are no trained models in" in nothing.stderr
    assert not (tmp_path / "other").exists()
    assert run(str(tmp_path / "third"), "--instances", "0").returncode == 2
