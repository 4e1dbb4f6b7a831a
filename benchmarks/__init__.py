"""Measurements of this server, its peers and the ceiling: `make bench`, and more."""

from __future__ import annotations

from contract import telemetry

# Work at import, because it must come before any module here imports ONNX Runtime.
telemetry.off()
