"""Split conformal prediction: the threshold with which prediction sets keep their coverage level.

The threshold comes from pictures that training did not see. The guarantee: if a new picture and
these pictures are exchangeable, such as draws from one distribution, the set of the new picture
holds its true class with a probability of at least the coverage level. It is an average over all
pictures. It does not hold for each class by itself, and not for pictures of another kind (Vovk,
Gammerman and Shafer 2005; Angelopoulos and Bates 2023, "Conformal Prediction: A Gentle
Introduction", section 1).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration import Floats, check


def lac_scores(probabilities: ArrayLike, labels: ArrayLike) -> Floats:
    """LAC's score of each picture, `[n]`: 1 - p_y, from 0 to 1 (Sadinle et al. 2019)."""
    p, y = check(probabilities, labels)
    return np.asarray(1 - p[np.arange(len(p)), y])


def conformal_threshold(scores: ArrayLike, coverage: float) -> float:
    """The k-th smallest of n scores, k = ⌈(n + 1)·coverage⌉; infinity if k is above n.

    It is infinite if there are too few scores for the coverage: fewer than 99 for 0.99. The
    coverage is taken as the decimal number that it prints as, so that k is exact. Raises
    `ValueError` unless 0 < coverage < 1 and `scores` `[n]` are one number or more, none of them
    NaN.
    """
    if not 0 < coverage < 1:
        raise ValueError(f"coverage is {coverage:g}; it must be above 0 and below 1")
    s = np.asarray(scores, np.float64)
    if s.ndim != 1 or not len(s) or np.isnan(s).any():
        raise ValueError(
            f"scores have shape {s.shape} and {int(np.isnan(s).sum())} are NaN; they must be "
            "numbers, one for each picture"
        )
    k = math.ceil((len(s) + 1) * Fraction(str(float(coverage))))
    return float(np.partition(s, k - 1)[k - 1]) if k <= len(s) else math.inf
