"""The choice of how often an answer is to be right: at each level, answers become sets."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from contract.calibration import LEVELS, level_name
from serve.inference.prediction_sets import guarantee_of

NAMES: Mapping[str, float] = {level_name(level): level for level in LEVELS}
"""The levels by their name in the address, where they are `sets`."""
ONE = "one answer"
CHOICES = [(ONE, ""), *((f"{level:.0%}", name) for name, level in NAMES.items())]
"""What the page offers: a text and a name."""


def level(name: str) -> float | None:
    """The coverage level of that name; None for one answer, and for a name that is not known."""
    return NAMES.get(name)


def explanation(name: str) -> str:
    """What a set is, or what is guaranteed of the sets at this level, as HTML."""
    chosen = level(name)
    if chosen is None:
        return (
            '<p class="tw-quiet">A model can be right as often as you like, if it may name several '
            "classes. Choose how often, and see how many it takes.</p>"
        )
    return f'<p class="tw-quiet">{escape(guarantee_of(chosen))} Sets are those at T = 1.</p>'
