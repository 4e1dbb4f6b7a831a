"""Which of ONNX Runtime's execution providers runs the models, and why not the others.

ONNX Runtime does not say that it could not use a GPU: it prints a message and goes on with the CPU.
So each provider is asked beforehand for what it needs, and the live sessions are asked afterwards.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import onnxruntime

from serve.errors import StartupError

Kind = Literal["cuda", "webgpu", "cpu"]
Policy = Literal["auto", "cuda", "webgpu", "cpu"]
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
CUDA_OPTIONS = {
    # TF32 rounds factors to 10 bits, so the GPU's answers would differ from the CPU's.
    "use_tf32": "0",
    # The default tries every algorithm of a convolution for each new batch size, and batches have
    # all sizes.
    "cudnn_conv_algo_search": "HEURISTIC",
}
_LIBRARY = "webgpu"
Sessions = dict[str, onnxruntime.InferenceSession]
Contents = Mapping[str, bytes]
"""The bytes of each model's ONNX file, by model."""


class ProviderError(Exception):
    """A provider cannot be used here; the message says why, as the end of a sentence."""


@dataclass(frozen=True)
class Device:
    """The device that the sessions run on, as reported by the sessions themselves."""

    kind: Kind
    provider: str
    """ONNX Runtime's name of the execution provider."""
    note: str
    """The reason why this device is used, for people."""
    label: str
    """What the page calls it."""


def bring_up(contents: Contents, policy: Policy) -> tuple[Sessions, Device]:
    """Sessions for the models in `contents` on the device that `policy` allows.

    A session has no CPU threads but the one that runs it. Raises `StartupError` if the device that
    was asked for by name cannot be used, or a model cannot be loaded.
    """
    if policy == "cpu":
        return _on_cpu(contents, "the CPU was asked for with TWINLABEL_DEVICE=cpu")
    reasons = []
    for kind, start in _STARTS.items():
        if policy not in ("auto", kind):
            continue
        try:
            return start(contents, policy == kind)
        except ProviderError as reason:
            if policy == kind:
                raise StartupError(
                    f"TWINLABEL_DEVICE={kind}, but {reason}; correct that, or set "
                    "TWINLABEL_DEVICE=auto"
                ) from None
            reasons.append(f"{_TITLES[kind]} is not used: {reason}")
    return _on_cpu(contents, "; ".join(reasons))


def _on_cpu(contents: Contents, note: str) -> tuple[Sessions, Device]:
    sessions = {
        name: _session(name, content, _options(), [CPU]) for name, content in contents.items()
    }
    return sessions, Device("cpu", CPU, note, "CPU")


def _on_cuda(contents: Contents, _by_name: bool) -> tuple[Sessions, Device]:
    if CUDA not in onnxruntime.get_available_providers():
        raise ProviderError("the installed ONNX Runtime is built without CUDA")
    try:
        driver = ctypes.CDLL("libcuda.so.1" if os.name == "posix" else "nvcuda.dll")
    except OSError:
        raise ProviderError("there is no NVIDIA driver") from None
    count = ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        raise ProviderError("the NVIDIA driver finds no GPU")
    onnxruntime.preload_dlls()  # prints what it cannot find, and never raises
    providers = [(CUDA, CUDA_OPTIONS), CPU]
    sessions = {
        name: _session(name, content, _options(recorded=True), providers)
        for name, content in contents.items()
    }
    if not _all_on(sessions, CUDA):
        raise ProviderError(
            "there is an NVIDIA driver, but ONNX Runtime could not use CUDA (see its message "
            "above; usually CUDA or cuDNN libraries are missing: install "
            "onnxruntime-gpu[cuda,cudnn])"
        )
    note = f"a CUDA device was found and works{_elsewhere(sessions, CUDA)}"
    return sessions, Device("cuda", CUDA, note, "GPU · CUDA")


def _on_webgpu(contents: Contents, by_name: bool) -> tuple[Sessions, Device]:
    name, adapters = _webgpu_adapters()
    real = [adapter for adapter in adapters if _is_gpu(adapter)]
    # ONNX Runtime lists a software adapter only if its own variable allows one. Even then, nobody
    # wants one who did not ask for it by name.
    chosen = (real or adapters if by_name else real)[:1]
    if not chosen:
        raise ProviderError("no GPU was found that WebGPU can use")
    sessions = {}
    for model, content in contents.items():
        options = _options(recorded=True)
        options.add_provider_for_devices(chosen, {})
        sessions[model] = _session(model, content, options)
    if not _all_on(sessions, name):
        raise ProviderError("ONNX Runtime could not start the adapter, and went on with the CPU")
    software = not _is_gpu(chosen[0])
    note = (
        "a software adapter of WebGPU was allowed with ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER"
        if software
        else f"a GPU of {chosen[0].device.vendor or 'an unnamed maker'} was found and works"
    )
    label = "software · WebGPU" if software else "GPU · WebGPU"
    return sessions, Device("webgpu", name, f"{note}{_elsewhere(sessions, name)}", label)


@cache
def _webgpu_adapters() -> tuple[str, Sequence[Any]]:
    """The provider's name and its adapters, for which the plugin stays registered.

    Raises `ProviderError` if the plugin or what it needs is missing.
    """
    try:
        import onnxruntime_ep_webgpu as plugin
    except ImportError:
        raise ProviderError("the package onnxruntime-ep-webgpu is not installed") from None
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libvulkan.so.1")
        except OSError:
            raise ProviderError(
                "libvulkan.so.1 is missing (on Debian and Ubuntu: apt install libvulkan1)"
            ) from None
    name = plugin.get_ep_name()
    try:
        onnxruntime.register_execution_provider_library(_LIBRARY, plugin.get_library_path())
    except Exception as error:  # ONNX Runtime's exceptions share no public base class
        raise ProviderError(f"its plugin cannot be loaded ({_first_line(error)})") from None
    found = [each for each in onnxruntime.get_ep_devices() if each.ep_name == name]
    if not found:  # it takes 7 MB
        onnxruntime.unregister_execution_provider_library(_LIBRARY)
    return name, found


_TITLES = {"cuda": "CUDA", "webgpu": "WebGPU"}
_STARTS: dict[Kind, Callable[[Contents, bool], tuple[Sessions, Device]]] = {
    "cuda": _on_cuda,
    "webgpu": _on_webgpu,
}
"""The providers of GPUs, the fastest first."""


def _is_gpu(adapter: Any) -> bool:
    return bool(adapter.device.type == onnxruntime.OrtHardwareDeviceType.GPU)


def _all_on(sessions: Sessions, provider: str) -> bool:
    return all(session.get_providers()[0] == provider for session in sessions.values())


def _elsewhere(sessions: Sessions, provider: str) -> str:
    """How many nodes of both models run on another provider, as the end of a note; or nothing."""
    parts = [p for s in sessions.values() for p in s.get_provider_graph_assignment_info()]
    nodes = sum(len(part.get_nodes()) for part in parts)
    others = sum(len(part.get_nodes()) for part in parts if part.ep_name != provider)
    return f", but {others} of {nodes} nodes of the models run elsewhere" if others else ""


def _options(recorded: bool = False) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    # More cores are used by more threads of the engine, which run the session at the same time.
    options.intra_op_num_threads = 1
    # Without the arena, a large batch does not keep its memory. Small batches are no slower.
    options.enable_cpu_mem_arena = False
    if recorded:
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return options


def _session(
    name: str,
    content: bytes,
    options: onnxruntime.SessionOptions,
    providers: Sequence[object] | None = None,
) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions share no public base class
        raise StartupError(
            f"{name}: ONNX Runtime cannot load the model: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
