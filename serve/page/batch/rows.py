"""One picture of a batch with both answers, and all of them as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import CLASSES
from contract.class_names import class_in
from contract.twins import TWINS
from serve.inference.compare import Comparison

UNLIKE = "The picture is unlike the training data, so the confidences mean little."
# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
Cell = str | float
HEADERS = (
    "name",
    "true class",
    *(f"{name}{what}" for name in TWINS for what in ("", ", %", ", T")),
    "difference, pp",
    "agree",
    "unlike the data",
    "note",
    *(f"{name}, p({label})" for name in TWINS for label in CLASSES),
    *(f"{name}, SHA-256" for name in TWINS),
)
"""The columns of the CSV."""


@dataclass(frozen=True)
class Row:
    """One picture: both models' answers, or why it could not be read."""

    name: str
    pixels: NDArray[np.uint8] | None
    """`[32, 32, 3]`, or None where the picture could not be read."""
    comparison: Comparison | None
    notes: tuple[str, ...] = ()
    """What is wrong with the file, or what to know about its picture, in sentences."""

    @property
    def true(self) -> int | None:
        """The class that the name of the file or of its folder tells, from 0 to 9."""
        return class_in(self.name)

    @property
    def remarks(self) -> str:
        """The notes, and the warning of a picture unlike the data."""
        unusual = self.comparison is not None and self.comparison.unusual
        return " ".join([*self.notes, *[UNLIKE] * bool(unusual)])


def as_csv(rows: list[Row], hashes: Mapping[str, str]) -> str:
    """All rows. A cell that a spreadsheet would run as a formula begins with an apostrophe.

    `hashes` holds the SHA-256 of each model, by name.
    """
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(HEADERS)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in _cells(row, hashes)])
    return made.getvalue()


def _cells(row: Row, hashes: Mapping[str, str]) -> list[Cell]:
    """The cells under `HEADERS`."""
    true = "" if row.true is None else CLASSES[row.true]
    if row.comparison is None:
        empty = len(HEADERS) - 4 - len(TWINS) * (len(CLASSES) + 1)
        rest = [""] * (len(TWINS) * len(CLASSES))
        return [row.name, true, *[""] * (empty + 1), row.remarks, *rest, *hashes.values()]
    models = row.comparison.models
    answers: list[Cell] = []
    for name in TWINS:
        verdict = models[name]
        answers += [verdict.label, round(100 * verdict.confidence, 4), verdict.temperature]
    unusual = row.comparison.unusual
    return [
        row.name,
        true,
        *answers,
        round(row.comparison.difference_pp, 4),
        "yes" if row.comparison.agree else "no",
        "not measured" if unusual is None else "yes" if unusual else "no",
        row.remarks,
        *(float(f"{p:.7g}") for name in TWINS for p in models[name].probabilities),
        *(hashes[name] for name in TWINS),
    ]


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell
