"""Where training runs: the device, and the number format of its matrix products."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from train.errors import TrainError

# A convolution and a linear layer, forwards and backwards, in the shapes of the default recipe.
_BF16_TRIAL = """
import torch
x = torch.randn(64, 64, 16, 16).to(memory_format=torch.channels_last)
net = torch.nn.Sequential(
    torch.nn.Conv2d(64, 64, 3), torch.nn.AdaptiveMaxPool2d(1), torch.nn.Flatten(),
    torch.nn.Linear(64, 64)).to(memory_format=torch.channels_last)
with torch.autocast("cpu", torch.bfloat16):
    net(x).sum().backward()
a = torch.randn(512, 512, dtype=torch.bfloat16)
(a @ a.T)
"""


_MAKER = {"cuda": "NVIDIA", "mps": "Apple"}


@dataclass(frozen=True)
class Hardware:
    """A device, and the dtype that autocast uses on it; float32 means no autocast."""

    device: torch.device
    dtype: torch.dtype
    name: str
    """The processor's name for the manifest, with the number of threads of a CPU."""

    def autocast(self) -> torch.autocast:
        """The context in which a network runs in `dtype`."""
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.dtype is torch.bfloat16
        )


def choose(device: str, precision: str) -> Hardware:
    """The hardware for `device` (auto, cpu, cuda, mps) and `precision` (auto, bf16, fp32).

    Raises `TrainError` if the requested device or precision is not available.
    """
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not found.get(device, True):
        raise TrainError(
            f"--device {device}: PyTorch finds no usable {_MAKER[device]} GPU; use --device cpu"
        )
    if device == "auto":
        device = next((kind for kind, is_there in found.items() if is_there), "cpu")
    works = _has_bf16(device)
    if precision == "bf16" and not works:
        raise TrainError(
            "--precision bf16: this processor does not support bf16; use --precision fp32"
        )
    dtype = torch.bfloat16 if works and precision != "fp32" else torch.float32
    if device == "cuda":
        return Hardware(torch.device("cuda"), dtype, torch.cuda.get_device_name())
    if device == "mps":
        return Hardware(torch.device("mps"), dtype, f"{_cpu_name()}, GPU")
    name = f"{_cpu_name()}, {torch.get_num_threads()} threads"
    return Hardware(torch.device("cpu"), dtype, name)


def _has_bf16(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # On Apple's GPUs bf16 was not tried.
    return device == "cpu" and _cpu_bf16()


def _cpu_bf16() -> bool:
    """Whether this CPU really multiplies in bf16.

    Some virtual machines list AMX among the CPU's features but do not let programs use it: the
    first product ends the process with an illegal instruction. So a child process tries one.
    """
    if not torch.cpu._is_avx512_bf16_supported() and platform.machine() in ("x86_64", "AMD64"):
        return False
    trial = subprocess.run([sys.executable, "-c", _BF16_TRIAL], capture_output=True, check=False)
    return trial.returncode == 0


def _cpu_name() -> str:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
