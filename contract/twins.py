"""The two models: their names, their label smoothing, and how they are drawn.

The page, its style sheet, the plots, the README card and the claims all take them from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TwinName = Literal["hard", "smoothed"]


@dataclass(frozen=True)
class Twin:
    """One of the two models."""

    name: TwinName
    """The name in folders, JSON keys, table columns, CSS classes and URLs."""
    title: str
    """The name as a heading or in a legend."""
    subject: str
    """The name as the subject of a sentence, in the middle of it."""
    training: str
    """What training did to it, for people who do not know the name."""
    epsilon: float
    """The label smoothing ε, unless a training run sets another."""
    colour: str
    """The colour on a light background: in the plots, and on the page in light mode."""
    colour_on_dark: str
    """The colour on a dark background: on the page in dark mode."""
    marker: Literal["circle", "square"]
    """The shape of points in charts, so that no chart depends on colour alone."""
    hatched: bool
    """Whether areas in its colour are hatched, so that no chart depends on colour alone."""

    @property
    def subject_first(self) -> str:
        """The name as the subject of a sentence, at its beginning."""
        return self.subject.capitalize()

    @property
    def legend(self) -> str:
        """The title in lower case, for the middle of a line."""
        return self.title.lower()


HARD = Twin(
    name="hard",
    title="Hard labels",
    subject="the hard-label model",
    training="trained to be certain",
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
    training="trained to keep some doubt",
    epsilon=0.1,
    colour="#0072b2",
    colour_on_dark="#4ba3dc",
    marker="square",
    hatched=True,
)
TWINS: dict[str, Twin] = {twin.name: twin for twin in (HARD, SMOOTHED)}
"""The two models by name, in the order in which they are shown."""
NAMES: tuple[str, str] = (HARD.name, SMOOTHED.name)
