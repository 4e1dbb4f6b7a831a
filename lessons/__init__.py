"""Small worked examples of label smoothing. Run one with `python -m lessons NAME`."""

from __future__ import annotations

from contract import telemetry

# Work at import, because it must come before any module here imports ONNX Runtime.
telemetry.off()
