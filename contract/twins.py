"""The two models: what they are called, what they are trained with, and how they are drawn.

The only place. The page, its style sheet, the plots, the card and the claims take them from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TwinName = Literal["hard", "smoothed"]


@dataclass(frozen=True)
class Twin:
    """One of the two models."""

    name: TwinName
    """In folders, JSON keys, table columns, CSS classes and addresses."""
    title: str
    """As a heading or in a legend."""
    subject: str
    """As the subject of a sentence, in the middle of it."""
    epsilon: float
    """Label smoothing ε, unless a training run is told otherwise."""
    colour: str
    """On a light ground: in the plots, and on the page in light mode."""
    colour_on_dark: str
    """On a dark ground: on the page in dark mode."""
    marker: Literal["circle", "square"]
    """Of the points of a chart, so that no chart depends on colour alone."""
    hatched: bool
    """Whether areas in its colour are hatched, for the same reason."""

    @property
    def subject_first(self) -> str:
        """The subject at the beginning of a sentence."""
        return self.subject.capitalize()

    @property
    def legend(self) -> str:
        """The title in the middle of a line."""
        return self.title.lower()


HARD = Twin(
    name="hard",
    title="Hard labels",
    subject="the hard-label model",
    epsilon=0.0,
    colour="#d55e00",
    colour_on_dark="#f08a3c",
    marker="circle",
    hatched=False,
)
SMOOTHED = Twin(
    name="smoothed",
    title="Label smoothing",
    subject="the smoothed model",
    epsilon=0.1,
    colour="#0072b2",
    colour_on_dark="#4ba3dc",
    marker="square",
    hatched=True,
)
TWINS: dict[str, Twin] = {twin.name: twin for twin in (HARD, SMOOTHED)}
"""By name, in the order in which they are shown."""
NAMES: tuple[str, str] = (HARD.name, SMOOTHED.name)
