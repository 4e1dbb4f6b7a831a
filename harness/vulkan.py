"""A software adapter for WebGPU: SwiftShader, which every Chromium brings."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

from harness.chromium import PROGRAM

_FILE = "vk_swiftshader_icd.json"
ALLOWED = {"ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER": "1"}
"""Without this, ONNX Runtime uses no software adapter."""


def software_adapter() -> dict[str, str] | None:
    """The environment in which Vulkan finds SwiftShader alone; None if it is not here."""
    if PROGRAM is None or ctypes.util.find_library("vulkan") is None:
        return None
    # Debian's program is a script in another folder than Chromium itself.
    for folder in (Path(PROGRAM).resolve().parent, Path("/usr/lib/chromium")):
        if (folder / _FILE).is_file():
            return {**ALLOWED, "VK_ICD_FILENAMES": str(folder / _FILE)}
    return None
