"""`exported_models/manifest.json`: what the published pair is, and which of its files are valid."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contract.cifar10 import CLASSES
from contract.twins import NAMES

FILE = "manifest.json"
INT8: Literal["int8"] = "int8"
"""The folder beside a pair that holds the same pair, quantised, with its own manifest."""
INPUT = "images"
OUTPUTS = ("logits", "probabilities")
LARGEST_MODEL_BYTES = 10_000_000


class ManifestError(Exception):
    """The published pair cannot be trusted; the message says which file and why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Part):
    """A file of the pair, with its path relative to the manifest's folder."""

    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("path")
    @classmethod
    def _stays_below(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or "\\" in path or ":" in path or ".." in parts or not parts:
            raise ValueError(f"{path!r} leaves the manifest's folder")
        return path


class ModelEntry(FileEntry):
    """The ONNX file of one model, with its training settings and accuracies."""

    epsilon: float = Field(ge=0, lt=1)
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    parameters: int = Field(gt=0)
    flops: int = Field(gt=0)
    """The number of multiplications plus additions for one picture."""
    validation_accuracy: float = Field(ge=0, le=1)
    test_accuracy: float = Field(ge=0, le=1)
    """The single-view accuracy of this file on the test pictures, run with ONNX Runtime."""


class Training(_Part):
    """How the pair was trained."""

    recipe: dict[str, Any]
    seed: int
    data_sha256: str
    train_pictures: int
    validation_pictures: int
    test_pictures: int
    seconds: float
    """The training time of both models together, including the validation after each epoch."""
    hardware: str
    precision: str
    commit: str | None
    """The git commit of the source code that exported the pair, if it is known."""
    packages: dict[str, str]


class Manifest(_Part):
    """The contents of manifest.json. `version` grows by one each time a pair is published."""

    format: Literal[1] = 1
    version: int = Field(ge=1)
    classes: tuple[str, ...]
    models: dict[str, ModelEntry]
    curves: FileEntry
    training: Training

    @field_validator("classes")
    @classmethod
    def _in_order(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if classes != CLASSES:
            raise ValueError(f"class names are {', '.join(classes)}; expected {', '.join(CLASSES)}")
        return classes

    @field_validator("models")
    @classmethod
    def _is_a_pair(cls, models: dict[str, ModelEntry]) -> dict[str, ModelEntry]:
        if set(models) != set(NAMES):
            raise ValueError(f"models are {sorted(models)}; expected {sorted(NAMES)}")
        return models

    @cached_property
    def model_hashes(self) -> dict[str, str]:
        """The SHA-256 of each model's file, by model. They identify the pair."""
        return {name: self.models[name].sha256 for name in NAMES}


def read(folder: Path) -> Manifest:
    """The checked contents of `folder`/manifest.json. Raises `ManifestError` if it is not valid."""
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ManifestError(
            f"there are no trained models in {folder}: {path} is missing; train them with "
            "`python -m train`, or name another folder"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path} cannot be read: {error}") from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ManifestError(f"{path}: {where}: {first['msg']}") from error


def read_file(folder: Path, entry: FileEntry, name: str) -> bytes:
    """The bytes of the file of `entry`. Raises `ManifestError` if it is missing or altered.

    `name` is what the error message calls the file.
    """
    path = folder / entry.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(
            f"{name}: {path} is listed in the manifest but cannot be read: "
            f"{error.strerror or error}"
        ) from error
    if (actual := sha256(content)) != entry.sha256:
        raise ManifestError(
            f"{name}: {path} is not the file that the manifest lists: its SHA-256 is "
            f"{actual[:12]}…, not {entry.sha256[:12]}…; export the pair again or restore the file"
        )
    return content


def sha256(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
