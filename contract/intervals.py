"""How far a measured figure may be off: intervals and tests, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The normal distribution's 97.5% quantile.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A 95% interval."""

    low: float
    high: float


def wilson(successes: int, n: int) -> Interval:
    """Of a share of `n` (Wilson 1927): unlike the usual one, right at 0 and at 1 too."""
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} is no share; 0 to n of at least 1 are needed")
    p, z2 = successes / n, _Z**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """The exact two-sided p-value that two models are right equally often on the same pictures.

    `first`, `second`: `[n]`, whether each was right. Only pictures on which just one of them was
    count: under the hypothesis each is a fair coin (McNemar 1947).
    """
    only_first = int((first & ~second).sum())
    n = only_first + int((second & ~first).sum())
    fewer = min(only_first, n - only_first)
    ways = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, float(2 * ways / 2**n)) if n else 1.0


def bootstrap(
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    n: int,
    repeats: int = 1000,
    seed: int = 0,
) -> list[Interval]:
    """Percentile intervals of several figures at once (Efron 1979), the same for the same seed.

    `statistic` gives the figures `[m]` of the pictures with the indices that it gets, `[n]`, drawn
    with replacement; figures of both models drawn together make an interval *paired*.
    """
    rng = np.random.default_rng(seed)
    drawn = np.stack([statistic(rng.integers(0, n, n)) for _ in range(repeats)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]
