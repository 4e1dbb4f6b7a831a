"""A model for Triton's Python backend, which runs `model.onnx` beside it with ONNX Runtime.

The Triton that can be installed with pip has no backend for ONNX. Triton loads this file as
`model.py`; everything before it, from the protocols to batching, is Triton's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

INPUT = "images"
OUTPUTS = ("logits", "probabilities")


class TritonPythonModel:
    """What the backend looks for in a `model.py`."""

    def initialize(self, given: dict[str, str]) -> None:
        """Load the model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = Path(given["model_repository"]) / given["model_version"] / "model.onnx"
        self._session = onnxruntime.InferenceSession(path, options)

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer the requests that Triton has put into one batch."""
        pictures = [triton.get_input_tensor_by_name(each, INPUT).as_numpy() for each in requests]
        outputs = self._session.run(OUTPUTS, {INPUT: np.concatenate(pictures)})
        ends = np.cumsum([len(each) for each in pictures])[:-1]
        parts = zip(*(np.split(output, ends) for output in outputs), strict=True)
        return [
            triton.InferenceResponse(
                [triton.Tensor(name, part) for name, part in zip(OUTPUTS, each, strict=True)]
            )
            for each in parts
        ]
