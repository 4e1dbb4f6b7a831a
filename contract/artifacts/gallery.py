"""`exported_models/gallery/`: test pictures on one sheet, and both models' answers to them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FOLDER = "gallery"
FILE = "gallery.json"
SHEET = "sheet.png"
LARGEST = 500
COLUMNS = 25
"""The number of pictures in a row of the sheet; each is 32x32 pixels, with no gap between them."""

Group = Literal[
    "both_right", "only_hard_right", "only_smoothed_right", "both_wrong", "largest_difference"
]


class Sample(BaseModel):
    """One test picture. Its position in the list is its position on the sheet, row by row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int = Field(ge=0)
    """The position among the CIFAR-10 test pictures in their official order, from 0."""
    label: int = Field(ge=0, le=9)
    """The number of the true class."""
    group: Group
    hard_answer: int = Field(ge=0, le=9)
    hard_confidence: float = Field(ge=0, le=1)
    smoothed_answer: int = Field(ge=0, le=9)
    smoothed_confidence: float = Field(ge=0, le=1)


class Gallery(BaseModel):
    """The contents of gallery.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    pair: dict[str, str]
    """The SHA-256 of each model that gave the answers, by model."""
    hard_median_confidence: float = Field(ge=0, le=1)
    """The median confidence of the hard model over the full test set."""
    samples: list[Sample] = Field(max_length=LARGEST)
