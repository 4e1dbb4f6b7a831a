"""The energy score: how much evidence of any class at all a model finds in a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence


def energy(logits: Sequence[float]) -> float:
    """log Σ_k exp(z_k) of one picture's logits z.

    It is the negative free energy of Liu et al. (2020, Energy-based Out-of-distribution Detection,
    section 3.1) at T = 1. It is larger for pictures that are more like the training data.
    """
    # Plain floats, because NumPy takes longer for ten numbers, and the server does this for each
    # picture.
    largest = max(logits)
    return largest + math.log(math.fsum([math.exp(logit - largest) for logit in logits]))
