"""95% intervals, and Wilson's interval for a share of pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

# The normal distribution's 97.5% quantile.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A 95% interval."""

    low: float
    high: float


def wilson(successes: int, n: int) -> Interval:
    """The Wilson interval of the share `successes / n` (Wilson 1927).

    Unlike the normal approximation, it is valid for shares near 0 and 1. Raises `ValueError` unless
    0 <= successes <= n and n >= 1.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(
            f"{successes} of {n} is not a share; there must be 0 to n successes, and n at least 1"
        )
    p, z2 = successes / n, _Z**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
