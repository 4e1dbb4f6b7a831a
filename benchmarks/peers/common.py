"""The parts that all peers share: the committed pair in ONNX Runtime, and a Pillow decoder."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

MODELS = Path(__file__).resolve().parents[2] / "exported_models"
NAMES = ("hard", "smoothed")


def sessions() -> dict[str, onnxruntime.InferenceSession]:
    """Both models, with one thread each: the best setting for servers with several threads."""
    manifest = json.loads((MODELS / "manifest.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return {
        name: onnxruntime.InferenceSession(
            MODELS / manifest["models"][name]["path"], options, ["CPUExecutionProvider"]
        )
        for name in NAMES
    }


def decode(content: bytes) -> NDArray[np.uint8]:
    """A picture file as uint8 `[32, 32, 3]`, without the checks of the project's own decoder."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB").resize((32, 32)))


def both(
    pair: dict[str, onnxruntime.InferenceSession], images: NDArray[np.uint8]
) -> dict[str, NDArray[np.float32]]:
    """Each model's probabilities `[n, 10]` for `images` `[n, 32, 32, 3]`, by name."""
    return {name: s.run(["probabilities"], {"images": images})[0] for name, s in pair.items()}
