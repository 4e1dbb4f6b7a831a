"""Publishes a trained pair, all or nothing.

The new files are written beside the old ones and flushed. Then the manifest, which alone says which
files are current, is replaced in one step. Then the old files are deleted. After a kill at any
moment, the manifest names a complete pair: the old one before that step, the new one after it.
"""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from contract.artifacts import manifest
from contract.artifacts.manifest import FileEntry, Manifest, ModelEntry, Training
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from train.data.dataset import Cifar10, Pictures
from train.errors import TrainError
from train.export import gallery, onnx_file, published
from train.files import flush_folder, write_whole
from train.fitting import curves
from train.fitting.loop import Trainer
from train.networks import cost

MODEL_FILE = "model.onnx"
CURVES = "curves"
PACKAGES = ("torch", "torchvision", "onnx", "onnxscript", "onnxruntime-gpu", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Exported:
    """One model, exported and checked, but not yet on disk."""

    content: bytes
    metadata: onnx_file.Metadata
    parameters: int
    flops: int
    validation_accuracy: float
    test_accuracy: float


def publish(trainer: Trainer, data: Cifar10, out: Path, commit: str | None) -> Manifest:
    """Export both models of a finished training, check them, and publish them as the pair in `out`.

    Raises `TrainError` if a check fails or a file cannot be written. What was published before then
    stays in place.
    """
    exported, probabilities = {}, {}
    for name in NAMES:
        exported[name], probabilities[name] = _export(name, trainer, data)
    for name, twin in exported.items():
        print(
            f"{name}: validation {twin.validation_accuracy:.2%}, test {twin.test_accuracy:.2%} "
            f"(ONNX Runtime, single view), {len(twin.content):,} bytes"
        )
    training = Training(
        recipe=trainer.recipe.as_dict(),
        seed=trainer.seed,
        data_sha256=data.sha256,
        train_pictures=len(data.train),
        validation_pictures=len(data.validation),
        test_pictures=len(data.test),
        seconds=round(sum(epoch.seconds for epoch in trainer.history), 1),
        hardware=trainer.hardware.name,
        precision=str(trainer.hardware.dtype).removeprefix("torch."),
        commit=commit,
        packages=_installed(PACKAGES),
    )
    try:
        current = write_pair(out, exported, curves.as_csv(trainer.history).encode(), training)
    except OSError as error:
        raise TrainError(
            f"the pair cannot be written to {out} ({error.strerror or error}); what was published "
            "there before is still in place; free some space and run the same command again"
        ) from error
    try:
        gallery.write(out, data.test, probabilities, current.model_hashes)
    except OSError as error:
        raise TrainError(
            f"the pair is published in {out}, but its gallery cannot be written "
            f"({error.strerror or error}); free some space and run the same command again"
        ) from error
    print(f"published version {current.version} of the pair in {out}")
    return current


def write_pair(
    out: Path, exported: dict[str, Exported], curve_rows: bytes, training: Training
) -> Manifest:
    """Write the files of the next version, then the manifest; then delete the older versions."""
    number = _next_version(out)
    entries = {}
    for name, twin in exported.items():
        folder = out / name / str(number)
        if folder.exists():
            shutil.rmtree(folder)  # an earlier publishing was killed before its manifest
        folder.mkdir(parents=True)
        write_whole(folder / MODEL_FILE, twin.content)
        flush_folder(folder.parent)
        entries[name] = ModelEntry(
            path=f"{name}/{number}/{MODEL_FILE}",
            sha256=manifest.sha256(twin.content),
            epsilon=twin.metadata.epsilon,
            weights_sha256=twin.metadata.weights_sha256,
            parameters=twin.parameters,
            flops=twin.flops,
            validation_accuracy=twin.validation_accuracy,
            test_accuracy=twin.test_accuracy,
        )
    flush_folder(out)
    # The name includes the version, because the old manifest still refers to the old curves.
    curves_path = f"{CURVES}/{number}.csv"
    (out / CURVES).mkdir(exist_ok=True)
    write_whole(out / curves_path, curve_rows)
    current = Manifest(
        version=number,
        classes=CLASSES,
        models=entries,
        curves=FileEntry(path=curves_path, sha256=manifest.sha256(curve_rows)),
        training=training,
    )
    write_whole(out / manifest.FILE, (current.model_dump_json(indent=2) + "\n").encode())
    _delete_others(out, current)
    return current


def _export(name: str, trainer: Trainer, data: Cifar10) -> tuple[Exported, NDArray[np.float32]]:
    """One model, exported, and its probabilities for the test pictures, `[n, 10]`."""
    twin = trainer.twins[name]
    network: nn.Module = copy.deepcopy(twin.network).cpu().float().eval()
    metadata = onnx_file.Metadata(
        model=name,
        epsilon=twin.epsilon,
        recipe=trainer.recipe.name,
        seed=trainer.seed,
        data_sha256=data.sha256,
        weights_sha256=onnx_file.weights_sha256(network),
    )
    content = onnx_file.to_onnx(network, metadata)
    _, probabilities = published.run_onnx(content, data.test.images.numpy())
    onnx_file.check_parity(network, probabilities, data.test.images, name)
    _, on_validation = published.run_onnx(content, data.validation.images.numpy())
    exported = Exported(
        content=content,
        metadata=metadata,
        parameters=cost.parameters(network),
        flops=cost.flops(network),
        validation_accuracy=_accuracy(on_validation, data.validation),
        test_accuracy=_accuracy(probabilities, data.test),
    )
    return exported, probabilities


def _accuracy(probabilities: NDArray[np.float32], pictures: Pictures) -> float:
    return float((probabilities.argmax(1) == pictures.labels.cpu().numpy()).mean())


def _next_version(out: Path) -> int:
    if not (out / manifest.FILE).exists():
        return 1
    try:
        return manifest.read(out).version + 1
    except manifest.ManifestError as error:
        raise TrainError(f"{error}; delete {out / manifest.FILE} to publish a new pair") from error


def _delete_others(out: Path, current: Manifest) -> None:
    for name in NAMES:
        for folder in (out / name).iterdir():
            if folder.name.isdecimal() and folder.name != str(current.version):
                shutil.rmtree(folder)
    # Earlier releases wrote curves.csv beside the manifest.
    for path in [out / "curves.csv", *(out / CURVES).glob("*.csv")]:
        if path != out / current.curves.path:
            path.unlink(missing_ok=True)


def _installed(packages: tuple[str, ...]) -> dict[str, str]:
    versions = {}
    for package in packages:
        try:
            versions[package] = package_version(package)
        except ModuleNotFoundError:
            continue
    return versions
