"""Measures a published pair on labelled photos, with the figures of the report."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from contract import calibration as c
from contract.artifacts import report
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from train.errors import TrainError
from train.evaluation import measures
from train.export import published
from train.photos.folder import Photos, Remark


class Answer(BaseModel):
    """A model's answer to one photo at T = 1."""

    label: str
    confidence: float


class Photo(BaseModel):
    """One photo with both models' answers."""

    path: str
    label: str
    """The class in whose folder the photo lies."""
    models: dict[str, Answer]

    @property
    def missed_by_both(self) -> bool:
        """Whether both models say another class."""
        return all(answer.label != self.label for answer in self.models.values())


class Measured(BaseModel):
    """What both models make of a folder of labelled photos."""

    folder: Path
    models: Path
    pair: dict[str, str]
    """The SHA-256 of each model's ONNX file, by model."""
    figures: report.Split
    photos: list[Photo]
    notes: tuple[Remark, ...]
    left_out: tuple[Remark, ...]


def measure(
    folder: Path, photos: Photos, models: Path, repeats: int = measures.REPEATS
) -> Measured:
    """Run the pair in the folder `models` on `photos`, which were read from `folder`.

    The temperatures are those that the pair's report fitted on validation pictures, because the
    photos are there to judge them. Raises `TrainError` if the pair or its report cannot be used.
    """
    current, files = published.read_pair(models)
    try:
        known, _ = report.read(models, current.model_hashes)
    except report.ReportError as error:
        raise TrainError(f"the fitted temperatures are not known: {error}") from error
    logits = {name: published.run_onnx(files[name], photos.images)[0] for name in NAMES}
    fitted = known.splits["validation"].models
    temperatures = {name: fitted[name].scaled.temperature for name in NAMES}
    probabilities = {name: c.softmax(logits[name]) for name in NAMES}
    return Measured(
        folder=folder,
        models=models,
        pair=current.model_hashes,
        figures=measures.split_of(logits, photos.labels, temperatures, repeats),
        photos=[
            Photo(
                path=path,
                label=CLASSES[photos.labels[i]],
                models={
                    name: Answer(
                        label=CLASSES[p[i].argmax()],
                        confidence=measures.rounded(p[i].max()),
                    )
                    for name, p in probabilities.items()
                },
            )
            for i, path in enumerate(photos.paths)
        ],
        notes=photos.notes,
        left_out=photos.left_out,
    )
