"""How far a measured figure may be off: intervals and tests, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


def t_interval(values: Sequence[float]) -> Interval:
    """Of the mean of independent `values`, two or more, taken as normal (Student 1908)."""
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval of a mean needs two values or more, and there is {n}")
    array = np.asarray(values, np.float64)
    middle = float(array.mean())
    half = _t_quantile(n - 1) * float(array.std(ddof=1)) / math.sqrt(n)
    return Interval(middle - half, middle + half)


def _t_quantile(freedom: int) -> float:
    """The t that |T| stays under with 95%, by bisection of Abramowitz and Stegun 26.7.3 and 4."""
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        theta = (low + high) / 2
        # The series in powers of the cosine; each term is the one before times (k-1)/k * cos².
        odd = freedom % 2
        term, total = (math.cos(theta), 0.0) if odd else (1.0, 0.0)
        for k in range(2 + odd, freedom + 2, 2):
            total += term
            term *= (k - 1) / k * math.cos(theta) ** 2
        share = total * math.sin(theta)
        if odd:
            share = (theta + share) * 2 / math.pi
        low, high = (theta, high) if share < 0.95 else (low, theta)
    return math.sqrt(freedom) * math.tan(low)
