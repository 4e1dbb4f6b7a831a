"""`exported_models/gallery/`: test pictures to click on, as one sheet, and their answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FOLDER = "gallery"
FILE = "gallery.json"
SHEET = "sheet.png"
LARGEST = 500
COLUMNS = 25
"""Pictures in a row of the sheet, each 32x32, with no gap."""

Group = Literal[
    "both_right", "only_hard_right", "only_smoothed_right", "both_wrong", "largest_difference"
]


class Sample(BaseModel):
    """One test picture; its place in the list is its place on the sheet, row by row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int = Field(ge=0)
    """Among the test pictures in official order."""
    label: int = Field(ge=0, le=9)
    """The true class."""
    group: Group
    hard_answer: int = Field(ge=0, le=9)
    hard_confidence: float = Field(ge=0, le=1)
    smoothed_answer: int = Field(ge=0, le=9)
    smoothed_confidence: float = Field(ge=0, le=1)


class Gallery(BaseModel):
    """The whole file. `pair` maps a twin to the SHA-256 of the model that gave the answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    pair: dict[str, str]
    hard_median_confidence: float = Field(ge=0, le=1)
    """Of the hard twin, over the whole test set."""
    samples: list[Sample] = Field(max_length=LARGEST)
