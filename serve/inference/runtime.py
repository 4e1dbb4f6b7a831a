"""Starts ONNX Runtime sessions for a verified pair, and reports the device they really use."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, INT8, OUTPUTS, Manifest, ManifestError
from contract.cifar10 import CLASSES, PICTURE_SIZE
from contract.twins import NAMES
from serve.errors import StartupError
from serve.inference.providers import Device, Policy, bring_up

log = logging.getLogger("twinlabel")
# All sessions of WebGPU share one device, and two that run at the same time end the process
# (onnxruntime-ep-webgpu 0.4).
_webgpu_lock = threading.Lock()
Precision = Literal["fp32", "int8"]


@dataclass(frozen=True)
class LoadedPair:
    """The published pair as live sessions."""

    manifest: Manifest
    device: Device
    sessions: dict[str, onnxruntime.InferenceSession]
    """The session of each model by name."""
    original: Manifest
    """The manifest of the pair that a quantised pair was made from; otherwise the pair's own."""

    @property
    def precision(self) -> Precision:
        """The number format of the models, from their own metadata."""
        said = self.sessions[NAMES[0]].get_modelmeta().custom_metadata_map
        return INT8 if said.get("precision") == INT8 else "fp32"

    def infer(self, name: str, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """The model's `OUTPUTS` by name, float32 `[n, 10]`, for uint8 pictures `[n, 32, 32, 3]`."""
        session = self.sessions[name]
        if self.device.kind == "webgpu":
            with _webgpu_lock:
                return dict(zip(OUTPUTS, infer_plain(session, images), strict=True))
        infer = infer_bound if self.device.kind == "cuda" else infer_plain
        return dict(zip(OUTPUTS, infer(session, images), strict=True))


def infer_plain(
    session: onnxruntime.InferenceSession, images: NDArray[np.uint8]
) -> list[NDArray[np.float32]]:
    """The `OUTPUTS` in order, each `[n, 10]`, for uint8 pictures `[n, 32, 32, 3]`."""
    outputs: list[NDArray[np.float32]] = session.run(list(OUTPUTS), {INPUT: images})
    return outputs


def infer_bound(
    session: onnxruntime.InferenceSession, images: NDArray[np.uint8]
) -> list[NDArray[np.float32]]:
    """The same as `infer_plain`, with IO binding: one copy to the device, one back for each output.

    On a CPU there is nothing to copy, and no difference was measured.
    """
    binding = session.io_binding()
    binding.bind_cpu_input(INPUT, images)
    for output in OUTPUTS:
        binding.bind_output(output, "cpu")
    session.run_with_iobinding(binding)
    outputs: list[NDArray[np.float32]] = binding.copy_outputs_to_cpu()
    return outputs


def load(folder: Path, policy: Policy, original: Path | None = None) -> LoadedPair:
    """Verify the pair in `folder` and start its sessions.

    `original` is the folder of the pair that a quantised pair was made from. Raises `StartupError`,
    naming what is wrong.
    """
    try:
        current = manifest.read(folder)
        source = current if original is None else manifest.read(original)
        contents = {n: manifest.read_file(folder, current.models[n], n) for n in NAMES}
    except ManifestError as error:
        raise StartupError(str(error)) from error
    for name, entry in current.models.items():
        if entry.weights_sha256 != source.models[name].weights_sha256:
            raise StartupError(
                f"{name}: the quantised pair in {folder} was made from other weights than the pair "
                f"in {original}; make it again with `python -m train export --int8 --models "
                f"{original}`, or unset TWINLABEL_PRECISION"
            )
    sessions, device = bring_up(contents, policy)
    for name, session in sessions.items():
        _check_agrees(name, session, current)
    pair = LoadedPair(current, device, sessions, source)
    log.warning("device: %s (%s): %s", device.kind, device.provider, device.note)
    return pair


def _check_agrees(name: str, session: onnxruntime.InferenceSession, current: Manifest) -> None:
    """Raise `StartupError` if the model does not agree with the manifest and the contract."""
    entry = current.models[name]
    said = session.get_modelmeta().custom_metadata_map
    inputs = [(i.name, i.type, i.shape) for i in session.get_inputs()]
    expected_inputs = [(INPUT, "tensor(uint8)", ["batch", PICTURE_SIZE, PICTURE_SIZE, 3])]
    outputs = [(o.name, o.type) for o in session.get_outputs()]
    expected_outputs = [(output, "tensor(float)") for output in OUTPUTS]
    for what, found, expected in (
        ("model", said.get("model"), name),
        ("class names", said.get("classes"), json.dumps(CLASSES)),
        ("ε", said.get("epsilon"), str(entry.epsilon)),
        ("weights' hash", said.get("weights_sha256"), entry.weights_sha256),
        ("training data", said.get("data_sha256"), current.training.data_sha256),
        ("input", inputs, expected_inputs),
        ("outputs", outputs, expected_outputs),
    ):
        if found != expected:
            raise StartupError(
                f"{name}: {entry.path} does not fit the manifest: its {what} is {found}, not "
                f"{expected}; export the pair again"
            )
