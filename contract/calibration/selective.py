"""Selective classification: what is gained by answering only the surest pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration.probabilities import Floats


def risk_coverage(score: ArrayLike, correct: ArrayLike) -> Floats:
    """The risk (share of wrong answers) among the i surest pictures, for i = 1 to n, `[n]`.

    Pictures with the same score are answered in no order: each counts as their mean.
    """
    s = np.asarray(score, np.float64)
    wrong = 1.0 - np.asarray(correct, np.float64)
    if s.ndim != 1 or s.shape != wrong.shape or not len(s):
        raise ValueError(f"scores {s.shape} and correct {wrong.shape} must be one value a picture")
    if np.isnan(s).any():
        raise ValueError("a score is NaN; each must be a number")
    _, group, size = np.unique(-s, return_inverse=True, return_counts=True)
    mean = np.bincount(group, wrong) / size
    return np.asarray(np.cumsum(np.repeat(mean, size)) / np.arange(1, len(s) + 1), np.float64)
