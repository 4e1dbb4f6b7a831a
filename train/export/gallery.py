"""Chooses the gallery's pictures from the test set by the answers of the finished models."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.artifacts.gallery import COLUMNS, FILE, FOLDER, LARGEST, SHEET, Gallery, Group, Sample
from contract.cifar10 import PICTURE_SIZE
from train.data.dataset import Pictures
from train.files import write_whole

EACH = LARGEST // 5
SEED = 0


def write(
    models: Path,
    test: Pictures,
    probabilities: Mapping[str, NDArray[np.floating]],
    pair: dict[str, str],
) -> None:
    """Write the sheet, then the list, to the folder `gallery` in `models`. Raises `OSError`.

    `probabilities` are each model's, `[n, 10]`, for the test pictures in order. `pair` is the
    SHA-256 of each model's file: if the manifest has others, the list is out of date.
    """
    images, labels = test.images.cpu().numpy(), test.labels.cpu().numpy()
    answers = {name: p.argmax(1) for name, p in probabilities.items()}
    confidences = {name: p.max(1) for name, p in probabilities.items()}
    samples = [
        Sample(
            index=index,
            label=int(labels[index]),
            group=group,
            hard_answer=int(answers["hard"][index]),
            hard_confidence=round(float(confidences["hard"][index]), 6),
            smoothed_answer=int(answers["smoothed"][index]),
            smoothed_confidence=round(float(confidences["smoothed"][index]), 6),
        )
        for group, members in choose(probabilities, labels).items()
        for index in members
    ]
    listed = Gallery(
        pair=pair,
        hard_median_confidence=round(float(np.median(confidences["hard"])), 6),
        samples=samples,
    )
    folder = models / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / SHEET, _sheet(images[[sample.index for sample in samples]]))
    write_whole(folder / FILE, (listed.model_dump_json(indent=1) + "\n").encode())


def choose(
    probabilities: Mapping[str, NDArray[np.floating]], labels: NDArray[np.int64]
) -> dict[Group, list[int]]:
    """The indices of at most `EACH` pictures for each group; no picture is in two groups.

    In the groups with wrong answers, the most confident ones come first. `both_right` is chosen at
    random. `largest_difference` has the pictures on which the two models' probabilities of the hard
    model's answer differ most.
    """
    hard, smoothed = probabilities["hard"], probabilities["smoothed"]
    rows = np.arange(len(labels))
    hard_right = hard.argmax(1) == labels
    smoothed_right = smoothed.argmax(1) == labels
    gap = np.abs(hard - smoothed)[rows, hard.argmax(1)]
    lot = np.random.default_rng(SEED).random(len(labels))
    wanted: dict[Group, tuple[NDArray[np.bool_], NDArray[np.float64]]] = {
        "only_hard_right": (hard_right & ~smoothed_right, smoothed.max(1).astype(float)),
        "only_smoothed_right": (~hard_right & smoothed_right, hard.max(1).astype(float)),
        "both_wrong": (
            ~hard_right & ~smoothed_right,
            (hard.max(1) + smoothed.max(1)).astype(float),
        ),
        "largest_difference": (np.ones(len(labels), bool), gap.astype(float)),
        "both_right": (hard_right & smoothed_right, lot),
    }
    taken = np.zeros(len(labels), bool)
    chosen: dict[Group, list[int]] = {}
    for group, (members, score) in wanted.items():
        candidates = rows[members & ~taken]
        best = candidates[np.argsort(-score[candidates], kind="stable")][:EACH]
        taken[best] = True
        chosen[group] = best.tolist()
    return chosen


def _sheet(images: NDArray[np.uint8]) -> bytes:
    """The pictures `[n, 32, 32, 3]` as one PNG, row by row; the rest of the last row is black."""
    rows = -(-len(images) // COLUMNS)
    padded = np.zeros((rows * COLUMNS, *images.shape[1:]), np.uint8)
    padded[: len(images)] = images
    grid = padded.reshape(rows, COLUMNS, PICTURE_SIZE, PICTURE_SIZE, 3).transpose(0, 2, 1, 3, 4)
    packed = io.BytesIO()
    Image.fromarray(grid.reshape(rows * PICTURE_SIZE, COLUMNS * PICTURE_SIZE, 3)).save(
        packed, "PNG", optimize=True
    )
    return packed.getvalue()
