"""The switch that keeps ONNX Runtime from reporting to its maker, for every program of ours."""

from __future__ import annotations

import os

VARIABLE = "ORT_DISABLE_TELEMETRY"


def off() -> None:
    """Turn the reports off for this process and those that it starts.

    A value that the user has set stays. ONNX Runtime reads the variable when it is imported, and
    nothing stops the reports afterwards; so each room that uses it calls this in its `__init__`.
    """
    os.environ.setdefault(VARIABLE, "1")
