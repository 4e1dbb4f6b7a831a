"""Selective classification: the error rate of a model that answers only when it is confident."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration.probabilities import Floats


def risk_coverage(score: ArrayLike, correct: ArrayLike) -> Floats:
    """The risk `[n]`: the share of wrong answers among the i highest scores, for i = 1 to n.

    Pictures with the same score have no order, so each of them counts with their mean risk. Raises
    `ValueError` if the shapes do not fit or a score is NaN.
    """
    s = np.asarray(score, np.float64)
    wrong = 1.0 - np.asarray(correct, np.float64)
    if s.ndim != 1 or s.shape != wrong.shape or not len(s):
        raise ValueError(
            f"scores have shape {s.shape} and correct {wrong.shape}; both must be [pictures]"
        )
    if np.isnan(s).any():
        raise ValueError("a score is NaN; each must be a number")
    _, group, size = np.unique(-s, return_inverse=True, return_counts=True)
    mean = np.bincount(group, wrong) / size
    return np.asarray(np.cumsum(np.repeat(mean, size)) / np.arange(1, len(s) + 1), np.float64)
