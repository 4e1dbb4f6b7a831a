"""Developer tasks, one for each `make` target: card, claims, evidence, lock, screenshots, space,
space_check."""

from __future__ import annotations

from contract import telemetry

# Work at import, because it must come before any module here imports ONNX Runtime.
telemetry.off()
