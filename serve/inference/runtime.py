"""Starts ONNX Runtime sessions for a verified pair, and reports the device they really use."""

from __future__ import annotations

import ctypes
import json
import logging
import os
from collections.abc import Sequence
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
from serve import cpus
from serve.errors import StartupError

log = logging.getLogger("twinlabel")
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
Policy = Literal["auto", "cuda", "cpu"]
Precision = Literal["fp32", "int8"]
CUDA_OPTIONS = {
    # TF32 rounds factors to 10 bits, so the GPU's answers would differ from the CPU's.
    "use_tf32": "0",
    # The default tries every algorithm of a convolution for each new batch size, and batches have
    # all sizes.
    "cudnn_conv_algo_search": "HEURISTIC",
}


@dataclass(frozen=True)
class Device:
    """The device that the sessions run on, as reported by the sessions themselves."""

    kind: Literal["cuda", "cpu"]
    provider: str
    """ONNX Runtime's name of the execution provider."""
    note: str
    """The reason why this device is used, for people."""


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


def load(
    folder: Path, policy: Policy, original: Path | None = None, threads: int | None = None
) -> LoadedPair:
    """Verify the pair in `folder` and start its sessions.

    `threads` is the number of CPU threads for both models together; by default as many as this
    process has CPUs. `original` is the folder of the pair that a quantised pair was made from.
    Raises `StartupError`, naming what is wrong.
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
    sessions, device = _bring_up(contents, policy, threads or cpus.available())
    for name, session in sessions.items():
        _check_agrees(name, session, current)
    pair = LoadedPair(current, device, sessions, source)
    log.warning("device: %s (%s): %s", device.kind, device.provider, device.note)
    return pair


Sessions = dict[str, onnxruntime.InferenceSession]


def _bring_up(contents: dict[str, bytes], policy: Policy, threads: int) -> tuple[Sessions, Device]:
    if policy == "cpu":
        return _on_cpu(contents, threads, "the CPU was asked for with TWINLABEL_DEVICE=cpu")
    obstacle = _cuda_obstacle()
    sessions: Sessions = {}
    if obstacle is None:
        # This never raises; it prints what it cannot find. So the sessions are asked afterwards.
        onnxruntime.preload_dlls()
        providers = [(CUDA, CUDA_OPTIONS), CPU]
        sessions = {n: _session(n, c, providers, threads) for n, c in contents.items()}
        if all(session.get_providers()[0] == CUDA for session in sessions.values()):
            return sessions, Device("cuda", CUDA, "a CUDA device was found and works")
        obstacle = (
            "there is an NVIDIA driver, but ONNX Runtime could not use CUDA (see its message "
            "above; usually CUDA or cuDNN libraries are missing: install "
            "onnxruntime-gpu[cuda,cudnn])"
        )
    if policy == "cuda":
        raise StartupError(
            f"TWINLABEL_DEVICE=cuda, but {obstacle}; correct that, or set TWINLABEL_DEVICE=auto"
        )
    return _on_cpu(contents, threads, f"CUDA is not used: {obstacle}")


def _on_cpu(contents: dict[str, bytes], threads: int, note: str) -> tuple[Sessions, Device]:
    sessions = {name: _session(name, c, [CPU], threads) for name, c in contents.items()}
    return sessions, Device("cpu", CPU, note)


def _cuda_obstacle() -> str | None:
    """The reason why CUDA cannot work, or None.

    It is found without ONNX Runtime, which only prints a message and continues on the CPU.
    """
    if CUDA not in onnxruntime.get_available_providers():
        return "the installed ONNX Runtime is built without CUDA"
    try:
        driver = ctypes.CDLL("libcuda.so.1" if os.name == "posix" else "nvcuda.dll")
    except OSError:
        return "there is no NVIDIA driver"
    count = ctypes.c_int(0)
    if (
        driver.cuInit(0) != 0
        or driver.cuDeviceGetCount(ctypes.byref(count)) != 0
        or not count.value
    ):
        return "the NVIDIA driver finds no GPU"
    return None


def _session(
    name: str, content: bytes, providers: Sequence[object], threads: int
) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # The models run at the same time: each gets half of the threads, and does not spin on them.
    options.intra_op_num_threads = max(1, threads // len(NAMES))
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without the arena, a large batch does not keep its memory. Small batches are no slower.
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions share no public base class
        text = str(error).splitlines()[0]
        raise StartupError(f"{name}: ONNX Runtime cannot load the model: {text}") from error


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
