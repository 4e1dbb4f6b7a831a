"""Servers, a browser and pictures for tests, benchmarks and tools. It needs no PyTorch."""

from __future__ import annotations

from contract import telemetry

# Work at import, because it must come before any module here imports ONNX Runtime.
telemetry.off()
