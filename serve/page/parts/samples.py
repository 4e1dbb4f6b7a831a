"""The gallery's test pictures, read once from the published sheet."""

from __future__ import annotations

import io
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

from contract.artifacts.gallery import COLUMNS, FILE, FOLDER, SHEET, Gallery, Group, Sample
from contract.cifar10 import CLASSES, PICTURE_SIZE
from contract.twins import HARD, SMOOTHED

log = logging.getLogger("twinlabel")

EASY, DISAGREE, SURE_AND_WRONG = "easy", "they disagree", "both sure and wrong"
"""What the pictures to start with show, in words for the page."""
OF_A_KIND = 4


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

    def chosen(self) -> dict[str, list[Shown]]:
        """A dozen to start with, by what they show; kinds that the gallery has none of are left
        out."""
        kinds = {EASY: self._easy(), DISAGREE: self._disagreements(), SURE_AND_WRONG: self._wrong()}
        return {kind: found for kind, found in kinds.items() if found}

    def opening(self) -> Shown | None:
        """The one that is shown on arrival: the first disagreement, if there is one."""
        kinds = self.chosen()
        found = kinds.get(DISAGREE) or next(iter(kinds.values()), [])
        return found[0] if found else None

    def surprise(self, other_than: int | None) -> Shown | None:
        """A random one of those that are not easy, other than the one with this index."""
        interesting = [shown for shown in self.all if shown.sample.group != "both_right"]
        left = [shown for shown in interesting if shown.sample.index != other_than]
        return secrets.choice(left) if left else None

    def _easy(self) -> list[Shown]:
        """Those that both get right, each of another class."""
        of_each_class: dict[int, Shown] = {}
        for shown in self._of("both_right"):
            of_each_class.setdefault(shown.sample.label, shown)
        return [of_each_class[label] for label in sorted(of_each_class)][:OF_A_KIND]

    def _disagreements(self) -> list[Shown]:
        """Half of them where the one is right, half where the other is."""
        hard, smoothed = self._of("only_hard_right"), self._of("only_smoothed_right")
        return [*smoothed[: OF_A_KIND // 2], *hard[: OF_A_KIND // 2]]

    def _wrong(self) -> list[Shown]:
        if self.gallery is None:
            return []
        least = self.gallery.hard_median_confidence
        sure = [s for s in self._of("both_wrong") if s.sample.hard_confidence >= least]
        return sure[:OF_A_KIND]

    def _of(self, group: Group) -> list[Shown]:
        return [shown for shown in self.all if shown.sample.group == group]


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
