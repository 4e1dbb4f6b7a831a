"""Reads a published pair and runs it, to measure or quantise it.

It loads neither PyTorch nor onnx, so that a pair can be measured where it is only served.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, INT8, OUTPUTS
from contract.twins import NAMES
from train.errors import TrainError

if TYPE_CHECKING:
    from train.data.dataset import Cifar10

PUBLISHED = Path(__file__).resolve().parents[2] / "exported_models"
"""The pair that ships with the project: only recipe `default` on all of CIFAR-10 goes there."""
BATCH = 500


def read_pair(models: Path) -> tuple[manifest.Manifest, dict[str, bytes]]:
    """The manifest in `models`, and the bytes of each ONNX file by model. Raises `TrainError`."""
    try:
        current = manifest.read(models)
        return current, {
            name: manifest.read_file(models, current.models[name], name) for name in NAMES
        }
    except manifest.ManifestError as error:
        raise TrainError(str(error)) from error


def run_onnx(
    content: bytes, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The logits and probabilities, `[n, 10]` each, of uint8 pictures `[n, 32, 32, 3]`.

    `content` is an ONNX file, which ONNX Runtime runs on a CPU.
    """
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    parts = [
        session.run(list(OUTPUTS), {INPUT: np.ascontiguousarray(images[start : start + BATCH])})
        for start in range(0, len(images), BATCH)
    ]
    logits, probabilities = (np.concatenate(column) for column in zip(*parts, strict=True))
    return logits, probabilities


def is_quantised(files: dict[str, bytes]) -> bool:
    """Whether the metadata of a model in `files` says that it is quantised."""
    import onnx  # here, because it is not installed where a pair is only served

    props = [onnx.load_from_string(content).metadata_props for content in files.values()]
    return any(prop.key == "precision" and prop.value == INT8 for p in props for prop in p)


def check_data(current: manifest.Manifest, data: Cifar10, models: Path) -> None:
    """Raise `TrainError` unless the pair in `models` was trained on `data`.

    Evidence from a sample or from other data must not replace that of the published pair.
    """
    if data.sha256 != current.training.data_sha256:
        what = "other data" if data.official else "a sample of CIFAR-10"
        raise TrainError(
            f"the pair in {models} was trained on data with the SHA-256 "
            f"{current.training.data_sha256[:12]}…, and this is {what} with {data.sha256[:12]}…; "
            "name the folder of the training data with --data-dir or CIFAR10_DIR"
        )
