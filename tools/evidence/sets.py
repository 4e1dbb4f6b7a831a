"""The part of docs/evidence.md about prediction sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from contract.artifacts.report import PredictionSets, Report
from contract.calibration import LEVELS, level_name
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from tools import markdown
from tools.markdown import number, share

_NAMES = tuple(level_name(level) for level in LEVELS)

_HEAD = """
## Prediction sets
Split conformal prediction by LAC (Sadinle et al. 2019) at T = 1: a class is in the set if its
probability p has 1 - p at most the threshold. The thresholds come from {validation:,} validation
pictures, and are held fixed in the intervals. The guarantee: of pictures like those of CIFAR-10, at
least 90%, 95% or 99% get a set that holds the true class, on average over all classes. It is not
for each class, and not for photographs or for damaged pictures. (The recipe was chosen on the same
validation pictures, so even this holds only nearly.) Empty sets stay empty and count as
misses: where a level is below the accuracy, the pictures that a model is least sure of get no
class.

"""
_DAMAGED = """
The guarantee breaks under corruption. Coverage, and mean number of classes in brackets, on the
first {pictures:,} test pictures:

"""


def render(found: Report) -> str:
    """The section as Markdown."""
    return (
        _HEAD.format(validation=found.splits["validation"].pictures)
        + _overall(found)
        + _sizes(found)
        + _by_class(found)
        + _corrupted(found)
    )


def _each(found: Report) -> Mapping[str, PredictionSets]:
    """The sets by a heading for them: both models at one level, then at the next."""
    return {
        f"{name}: {float(level):.0%}": found.prediction_sets[name][level]
        for level in _NAMES
        for name in NAMES
    }


def _overall(found: Report) -> str:
    rows: tuple[tuple[str, Callable[[PredictionSets], str]], ...] = (
        ("threshold on 1 - p", lambda sets: f"{sets.threshold:.4f}"),
        ("coverage", lambda sets: share(sets.coverage)),
        ("mean number of classes", lambda sets: number(sets.size)),
    )
    each = _each(found)
    return markdown.table(("", *each), [(what, *map(cell, each.values())) for what, cell in rows])


def _sizes(found: Report) -> str:
    each = _each(found)
    largest = max(np.flatnonzero(sets.sizes).max() for sets in each.values())
    rows = [
        (str(size), *(f"{sets.sizes[size]:,}" for sets in each.values()))
        for size in range(largest + 1)
    ]
    return "\nTest pictures by number of classes in their set:\n\n" + markdown.table(
        ("classes", *each), rows
    )


def _by_class(found: Report) -> str:
    each = _each(found)
    rows = [
        (
            label,
            *(
                f"{share(sets.class_coverage[k], 1)} ({sets.class_size[k].value:.2f})"
                for sets in each.values()
            ),
        )
        for k, label in enumerate(CLASSES)
    ]
    return "\nCoverage by true class, and mean number of classes in brackets:\n\n" + markdown.table(
        ("", *each), rows
    )


def _corrupted(found: Report) -> str:
    rows = []
    for kind, by_severity in found.corruptions.items():
        for severity, behaviour in enumerate(by_severity, 1):
            cells = [(behaviour[name].sets or {})[level] for level in _NAMES for name in NAMES]
            rows.append(
                (f"{kind} {severity}", *(f"{one.coverage:.1%} ({one.size:.2f})" for one in cells))
            )
    return _DAMAGED.format(pictures=found.corrupted_pictures) + markdown.table(
        ("", *_each(found)), rows
    )
