"""Reads a published pair, to measure or quantise it."""

from __future__ import annotations

from pathlib import Path

import onnx

from contract.artifacts import manifest
from contract.artifacts.manifest import INT8
from contract.twins import NAMES
from train.data.dataset import Cifar10
from train.errors import TrainError


def read_pair(models: Path) -> tuple[manifest.Manifest, dict[str, bytes]]:
    """The manifest in `models`, and the bytes of each ONNX file by model. Raises `TrainError`."""
    try:
        current = manifest.read(models)
        return current, {
            name: manifest.read_file(models, current.models[name], name) for name in NAMES
        }
    except manifest.ManifestError as error:
        raise TrainError(str(error)) from error


def is_quantised(files: dict[str, bytes]) -> bool:
    """Whether the metadata of a model in `files` says that it is quantised."""
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
