"""The answers of ONNX Runtime alone, as the reference for every answer of a server."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, OUTPUTS
from harness.paths import COMMITTED

_BATCH = 500


def outputs(
    name: str, pictures: NDArray[np.uint8], models: Path = COMMITTED
) -> dict[str, NDArray[np.float32]]:
    """The `logits` and `probabilities` `[n, 10]` of model `name` for pictures `[n, 32, 32, 3]`."""
    content = manifest.read_file(models, manifest.read(models).models[name], name)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    parts = [
        session.run(list(OUTPUTS), {INPUT: pictures[start : start + _BATCH]})
        for start in range(0, len(pictures), _BATCH)
    ]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return dict(zip(OUTPUTS, columns, strict=True))
