"""What is refused before anything is served, and what is said of the device."""

from __future__ import annotations

import ctypes
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from contract.artifacts import manifest
from contract.twins import NAMES
from harness import reference
from harness.paths import COMMITTED
from harness.pictures import Pictures
from serve.errors import StartupError
from serve.inference import runtime
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from tests.conftest import Published


def has_gpu() -> bool:
    try:
        return int(ctypes.CDLL("libcuda.so.1").cuInit(0)) == 0
    except OSError:
        return False


def edit_model(folder: Path, name: str, change: Any) -> None:
    """Change a model's file, and the manifest's hash with it."""
    path = folder / manifest.FILE
    content = json.loads(path.read_text())
    model_path = folder / content["models"][name]["path"]
    model = onnx.load(model_path)
    change(model)
    model_path.write_bytes(model.SerializeToString())
    content["models"][name]["sha256"] = manifest.sha256(model_path.read_bytes())
    path.write_text(json.dumps(content))


def set_metadata(key: str, value: str) -> Any:
    def change(model: onnx.ModelProto) -> None:
        for entry in model.metadata_props:
            if entry.key == key:
                entry.value = value

    return change


def test_the_pair_answers_as_when_it_was_exported(
    tiny_pair: Published, test_pictures: Pictures
) -> None:
    pair = runtime.load(tiny_pair.folder, "cpu")
    images = test_pictures[:20]
    engine = Engine(pair)
    compared = Comparer(engine).judge(engine.infer_blocking(images), {})
    for name in NAMES:
        expected = reference.outputs(name, images, tiny_pair.folder)["probabilities"]
        served = np.stack([c.models[name].probabilities for c in compared])
        assert np.abs(served - expected).max() < 1e-6


def test_the_device_is_the_live_sessions(tiny_pair: Published) -> None:
    pair = runtime.load(tiny_pair.folder, "cpu")
    assert pair.device.kind == "cpu"
    for session in pair.sessions.values():
        assert session.get_providers() == [pair.device.provider] == ["CPUExecutionProvider"]


@pytest.mark.skipif(has_gpu(), reason="there is a GPU here")
def test_without_a_gpu_auto_says_why_and_cuda_refuses(tiny_pair: Published) -> None:
    device = runtime.load(tiny_pair.folder, "auto").device
    assert device.kind == "cpu"
    assert "CUDA is not used" in device.note
    with pytest.raises(StartupError, match=r"TWINLABEL_DEVICE=cuda, but .*NVIDIA driver"):
        runtime.load(tiny_pair.folder, "cuda")


@pytest.mark.parametrize("pictures", [1, 8])
def test_bound_inputs_and_outputs_change_no_answer(
    tiny_pair: Published, test_pictures: Pictures, pictures: int
) -> None:
    """As CUDA runs, on a CPU; every second picture, so that they are no one piece of memory."""
    images = test_pictures[: 2 * pictures : 2]
    for session in runtime.load(tiny_pair.folder, "cpu").sessions.values():
        plain, bound = runtime.infer_plain(session, images), runtime.infer_bound(session, images)
        assert all(np.array_equal(*both) for both in zip(plain, bound, strict=True))


def test_an_altered_model_is_refused_by_name(pair_copy: Path) -> None:
    path = next((pair_copy / "hard").rglob("*.onnx"))
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(StartupError, match=r"hard: .* is not the file that the manifest lists"):
        runtime.load(pair_copy, "cpu")


def test_swapped_twins_are_refused(pair_copy: Path) -> None:
    """Each file is whole and named with its hash, but under the other's name."""
    path = pair_copy / manifest.FILE
    content = json.loads(path.read_text())
    models = content["models"]
    for key in ("path", "sha256"):
        models["hard"][key], models["smoothed"][key] = models["smoothed"][key], models["hard"][key]
    path.write_text(json.dumps(content))
    with pytest.raises(StartupError, match="its model is smoothed, not hard"):
        runtime.load(pair_copy, "cpu")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("classes", '["cat"]', "class names"),
        ("epsilon", "0.3", "ε is 0.3"),
        ("data_sha256", "f" * 64, "training data"),
        ("weights_sha256", "f" * 64, "weights' hash"),
    ],
)
def test_a_model_of_another_pair_is_refused(
    pair_copy: Path, key: str, value: str, said: str
) -> None:
    edit_model(pair_copy, "smoothed", set_metadata(key, value))
    with pytest.raises(StartupError, match=f"smoothed: .* does not fit the manifest: its {said}"):
        runtime.load(pair_copy, "cpu")


def test_another_input_is_refused(pair_copy: Path) -> None:
    def rename(model: onnx.ModelProto) -> None:
        old = model.graph.input[0].name
        model.graph.input[0].name = "x"
        for node in model.graph.node:
            for index, name in enumerate(node.input):
                if name == old:
                    node.input[index] = "x"

    edit_model(pair_copy, "hard", rename)
    with pytest.raises(StartupError, match=r"hard: .* its input is"):
        runtime.load(pair_copy, "cpu")


def test_what_is_no_model_is_refused(pair_copy: Path) -> None:
    path = pair_copy / manifest.FILE
    content = json.loads(path.read_text())
    (pair_copy / content["models"]["hard"]["path"]).write_bytes(b"no model")
    content["models"]["hard"]["sha256"] = manifest.sha256(b"no model")
    path.write_text(json.dumps(content))
    with pytest.raises(StartupError, match="hard: ONNX Runtime cannot load the model"):
        runtime.load(pair_copy, "cpu")


def test_a_folder_without_a_pair_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="there are no trained models in"):
        runtime.load(tmp_path, "cpu")


def test_a_missing_model_is_refused_by_name(pair_copy: Path) -> None:
    shutil.rmtree(pair_copy / "smoothed")
    with pytest.raises(StartupError, match=r"smoothed: .*model\.onnx is listed in the manifest"):
        runtime.load(pair_copy, "cpu")


def test_a_quantised_pair_is_refused_beside_another_pair(pair_copy: Path) -> None:
    """The same models stand in for the quantised ones: only the weights' hashes matter."""
    loaded = runtime.load(pair_copy, "cpu", original=pair_copy)
    assert loaded.original == loaded.manifest
    with pytest.raises(StartupError, match=r"hard: the quantised pair in .* other weights .*int8"):
        runtime.load(pair_copy, "cpu", original=COMMITTED)
