"""Measures the pair's files against the targets that were set for them: `python -m tools.targets`.

Every figure is measured anew on the ONNX files, single view; nothing is read from the report. Exits
with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract import calibration as c
from contract.artifacts.manifest import INT8, Manifest
from contract.twins import NAMES
from harness.paths import COMMITTED, ROOT
from train.data import dataset
from train.errors import TrainError
from train.evaluation import corruption
from train.export import published

CORRUPTED = 2000
"""The number of test pictures, from the first, that each corruption is applied to."""
LEAST = {
    "accuracy on test pictures": 0.94,
    "mean accuracy over all corruptions and severities": 0.80,
    "accuracy under noise of severity 2": 0.85,
    "accuracy under pixelation of severity 2": 0.80,
    "accuracy under JPEG of severity 2": 0.86,
}
"""The least value of each accuracy, for each model by itself."""


@dataclass(frozen=True)
class Line:
    """One target for one model, or for both together."""

    what: str
    model: str
    measured: float
    target: float
    least: bool
    """Whether the target is a lower bound; otherwise it is an upper one."""
    unit: str = "%"

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.measured >= self.target if self.least else self.measured <= self.target

    def __str__(self) -> str:
        bound = "at least" if self.least else "at most"
        state = "met" if self.met else "MISSED"
        measured, target = (f"{value:.2f} {self.unit}" for value in (self.measured, self.target))
        return f"{state:<6}  {self.what}, {self.model}: {measured} ({bound} {target})"


def main() -> None:
    """Print a line for each target and model as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m tools.targets", description=__doc__)
    parser.add_argument("--models", type=Path, default=COMMITTED, help="folder of the pair")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "data")
    parser.add_argument("--corrupted", type=int, default=CORRUPTED, help="pictures a corruption")
    options = parser.parse_args()
    missed = 0
    try:
        for line in measured(options.models, options.data_dir, options.corrupted):
            print(line, flush=True)
            missed += not line.met
    except TrainError as error:
        sys.exit(f"targets: {error}")
    print(f"{missed} missed" if missed else "all met")
    sys.exit(1 if missed else 0)


def measured(models: Path, data_dir: Path, corrupted: int) -> Iterator[Line]:
    """Each target with what is measured. Raises `TrainError` if pair or data are not usable."""
    test = dataset.load(data_dir, download=False).test
    manifest, files = published.read_pair(models)
    images, labels = test.images.numpy(), test.labels.numpy()
    cells = corruption.run(files, images[:corrupted])
    sure: dict[str, c.Floats] = {}
    for name in NAMES:
        logits, _ = published.run_onnx(files[name], images)
        sure[name], correct = c.confidence(c.softmax(logits), labels)
        yield _accuracy("accuracy on test pictures", name, correct)
        yield from _under_corruption(cells, name, labels[:corrupted])
    yield from _size_and_time(manifest)
    if not (models / INT8).is_dir():
        return
    _, quantised = published.read_pair(models / INT8)
    for name in NAMES:
        logits, _ = published.run_onnx(quantised[name], images)
        found, correct = c.confidence(c.softmax(logits), labels)
        lost = manifest.models[name].test_accuracy - float(correct.mean())
        yield Line("accuracy lost by INT8", name, 100 * lost, 0.2, least=False, unit="points")
        change = float(np.abs(found - sure[name]).mean())
        yield Line("mean change of INT8's confidence", name, 100 * change, 0.5, least=False)


def _under_corruption(
    cells: corruption.Cells, name: str, labels: NDArray[np.int64]
) -> Iterator[Line]:
    right = {cell: logits[name].argmax(axis=1) == labels for cell, logits in cells.items()}
    every = np.concatenate(list(right.values()))
    yield _accuracy("mean accuracy over all corruptions and severities", name, every)
    for kind in ("noise", "pixelation", "jpeg"):
        shown = "JPEG" if kind == "jpeg" else kind
        yield _accuracy(f"accuracy under {shown} of severity 2", name, right[kind, 2])


def _accuracy(what: str, name: str, correct: c.Bools) -> Line:
    return Line(what, name, 100 * float(correct.mean()), 100 * LEAST[what], least=True)


def _size_and_time(manifest: Manifest) -> Iterator[Line]:
    for name, entry in manifest.models.items():
        yield Line("parameters", name, entry.parameters / 1e6, 2.5, least=False, unit="million")
        yield Line("operations a picture", name, entry.flops / 1e9, 0.3, least=False, unit="GFLOP")
    minutes = manifest.training.seconds / 60
    yield Line("training on 2 cores", "both", minutes, 180, least=False, unit="minutes")


if __name__ == "__main__":
    main()
