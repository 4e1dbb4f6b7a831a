"""The gallery's test pictures, read once from the published sheet."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

from contract.artifacts.gallery import COLUMNS, FILE, FOLDER, SHEET, Gallery, Sample
from contract.cifar10 import CLASSES, PICTURE_SIZE
from contract.twins import HARD, SMOOTHED

log = logging.getLogger("twinlabel")


@dataclass(frozen=True)
class Answer:
    """What a model said of a test picture."""

    label: int
    """The class that it named."""
    confidence: float
    right: bool


@dataclass(frozen=True)
class Shown:
    """A sample with its pixels, uint8 `[32, 32, 3]`, and its place on the sheet."""

    sample: Sample
    pixels: NDArray[np.uint8]
    place: int

    @property
    def caption(self) -> str:
        """The name of its true class."""
        return CLASSES[self.sample.label]

    @property
    def answers(self) -> dict[str, Answer]:
        """What each model said of it when the gallery was made, by the model's name."""
        s = self.sample
        said = {
            HARD.name: (s.hard_answer, s.hard_confidence),
            SMOOTHED.name: (s.smoothed_answer, s.smoothed_confidence),
        }
        return {name: Answer(label, sure, label == s.label) for name, (label, sure) in said.items()}


class Samples:
    """All samples, found by place, by index among the test pictures, or by their pixels.

    There are none, and the log has a warning, where the gallery is missing or of another pair.
    `sheet` is the PNG file with all of them, as it was when they were read, or None.
    """

    def __init__(self, models: Path, pair: dict[str, str]) -> None:
        self.gallery, self.sheet, pixels = _read(models / FOLDER, pair)
        samples = self.gallery.samples if self.gallery else ()
        self.all = [_shown(sample, pixels, place) for place, sample in enumerate(samples)]
        self._by_index = {shown.sample.index: shown for shown in self.all}
        self._by_pixels = {shown.pixels.tobytes(): shown for shown in self.all}

    def with_index(self, index: int | None) -> Shown | None:
        """The sample with this index among the test pictures in official order."""
        return None if index is None else self._by_index.get(index)

    def of_pixels(self, pixels: NDArray[np.uint8]) -> Shown | None:
        """The sample with exactly these pixels, for somebody who uploads a test picture."""
        return self._by_pixels.get(pixels.tobytes())

    def chosen(self) -> list[Shown]:
        """A dozen to start with: some that both models get right, disagreements, and mistakes made
        with confidence."""
        if self.gallery is None:
            return []
        places: dict[str, list[int]] = {}
        for place, sample in enumerate(self.gallery.samples):
            places.setdefault(sample.group, []).append(place)
        sure_and_wrong = [
            place
            for group in ("only_smoothed_right", "both_wrong")
            for place in places.get(group, [])
            if self.all[place].sample.hard_confidence >= self.gallery.hard_median_confidence
        ]
        right = places.get("both_right", [])
        of_each_class = {self.all[place].sample.label: place for place in reversed(right)}
        chosen = [
            *[of_each_class[label] for label in sorted(of_each_class)][:5],
            *places.get("only_hard_right", [])[:2],
            *sure_and_wrong[:3],
            *places.get("largest_difference", [])[:2],
        ]
        return [self.all[place] for place in dict.fromkeys(chosen)]


def _read(
    folder: Path, pair: dict[str, str]
) -> tuple[Gallery | None, bytes | None, NDArray[np.uint8]]:
    """The gallery, its sheet as a file, and the sheet's pixels; nothing if they are unusable."""
    nothing = None, None, np.empty((0, 0, 3), np.uint8)
    try:
        gallery = Gallery.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
        content = (folder / SHEET).read_bytes()
        with Image.open(io.BytesIO(content), formats=["PNG"]) as sheet:
            pixels = np.asarray(sheet.convert("RGB"))
    except (OSError, ValidationError) as error:
        log.warning("no sample pictures: %s cannot be read: %s", folder, error)
        return nothing
    if gallery.pair != pair:
        log.warning("no sample pictures: %s belongs to another pair; export again", folder)
        return nothing
    return gallery, content, pixels


def _shown(sample: Sample, sheet: NDArray[np.uint8], place: int) -> Shown:
    row, column = divmod(place, COLUMNS)
    top, left = row * PICTURE_SIZE, column * PICTURE_SIZE
    tile = sheet[top : top + PICTURE_SIZE, left : left + PICTURE_SIZE]
    return Shown(sample, np.ascontiguousarray(tile), place)
