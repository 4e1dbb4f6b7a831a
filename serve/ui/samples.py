"""The gallery's pictures to click on: read once from the committed sheet."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

from contract.cifar10 import CLASSES, PICTURE_SIZE
from contract.gallery import COLUMNS, FILE, FOLDER, SHEET, Gallery, Sample

log = logging.getLogger("twinlabel")


@dataclass(frozen=True)
class Shown:
    """A sample with its pixels, uint8 `[32, 32, 3]`, and a caption that gives its true class."""

    sample: Sample
    pixels: NDArray[np.uint8]
    caption: str


def for_page(models: Path, pair: dict[str, str]) -> list[Shown]:
    """Sixteen pictures: disagreements, confident mistakes, and ones that both get right.

    Empty, with a warning in the log, where the gallery is missing or of another pair.
    """
    folder = models / FOLDER
    try:
        gallery = Gallery.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
        with Image.open(folder / SHEET, formats=["PNG"]) as sheet:
            pixels = np.asarray(sheet.convert("RGB"))
    except (OSError, ValidationError) as error:
        log.warning("no sample pictures: %s cannot be read: %s", folder, error)
        return []
    if gallery.pair != pair:
        log.warning("no sample pictures: %s belongs to another pair; export again", folder)
        return []
    return [_shown(gallery.samples[place], pixels, place) for place in _choose(gallery)]


def _choose(gallery: Gallery) -> list[int]:
    places: dict[str, list[int]] = {}
    for place, sample in enumerate(gallery.samples):
        places.setdefault(sample.group, []).append(place)
    sure_and_wrong = [
        place
        for group in ("only_smoothed_right", "both_wrong")
        for place in places.get(group, [])
        if gallery.samples[place].hard_confidence >= gallery.hard_median_confidence
    ]
    right = places.get("both_right", [])
    of_each_class = {gallery.samples[place].label: place for place in reversed(right)}
    chosen = [
        *[of_each_class[label] for label in sorted(of_each_class)][:6],
        *places.get("only_hard_right", [])[:3],
        *sure_and_wrong[:4],
        *places.get("largest_difference", [])[:3],
    ]
    return list(dict.fromkeys(chosen))


def _shown(sample: Sample, sheet: NDArray[np.uint8], place: int) -> Shown:
    row, column = divmod(place, COLUMNS)
    top, left = row * PICTURE_SIZE, column * PICTURE_SIZE
    tile = sheet[top : top + PICTURE_SIZE, left : left + PICTURE_SIZE]
    return Shown(sample, np.ascontiguousarray(tile), CLASSES[sample.label])
