"""Serves the twins with ONNX Runtime: REST and the page. Never imports torch."""

from __future__ import annotations

from contract import telemetry

# Work at import, because it must come before any module here imports ONNX Runtime.
telemetry.off()
