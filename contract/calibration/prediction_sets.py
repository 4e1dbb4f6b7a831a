"""Prediction sets: the classes that are likely enough, so that most sets hold the true class.

A set comes from a model's probabilities and a threshold by the rule of the least ambiguous
set-valued classifier, LAC (Sadinle, Lei and Wasserman 2019, "Least Ambiguous Set-Valued Classifiers
With Bounded Error Levels"). `train.statistics.conformal` works the threshold out.
"""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from contract.calibration.probabilities import Bools, check_probabilities

LEVELS = (0.90, 0.95, 0.99)
"""The coverage levels: the share of pictures, from 0 to 1, whose set is to hold the true class."""
# Rounding separates scores that would be equal, such as those of a model that is certain of all its
# answers. MAPIE 1.6 uses the same tolerance. A set can only grow by it, so the guarantee holds.
_EQUAL = 1e-8


def level_name(level: float) -> str:
    """The name of a coverage level in files and documents, such as `0.90`."""
    return f"{level:.2f}"


def prediction_sets(probabilities: ArrayLike, threshold: float) -> Bools:
    """Whether each class k is in the set of its picture, `[n, K]`: whether 1 - p_k <= threshold.

    Scores 1 - p_k that are above the threshold by 1e-8 or less count as equal to it. A threshold of
    1 or more puts every class into every set. A set is empty if even the likeliest class is not
    likely enough. Raises `ValueError` if the threshold is NaN.
    """
    if math.isnan(threshold):
        raise ValueError("the threshold is NaN; it must be a number")
    return 1 - check_probabilities(probabilities) - threshold <= _EQUAL
