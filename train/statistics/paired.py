"""A significance test over pictures. It needs NumPy alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """The exact two-sided p-value of the hypothesis that two models are right equally often.

    `first` and `second` `[n]` say whether each model was right on the same pictures. Only pictures
    on which exactly one model was right count. Under the hypothesis, either model is equally likely
    to be that one (McNemar 1947).
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    n = only_first + only_second
    ways = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
    # Whole numbers, which Python divides exactly however large they are.
    return float(min(1.0, 2 * ways / 2**n))
