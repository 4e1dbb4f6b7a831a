"""Trains the two models with PyTorch and exports them to ONNX: `python -m train`."""

from __future__ import annotations

from contract import telemetry

# Work at import, because it must come before any module here imports ONNX Runtime.
telemetry.off()
