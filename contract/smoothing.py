"""Label smoothing's number ε, and the two conventions for what it means.

The *uniform mix* moves ε of a label's mass to all K classes alike, the label's own among them:
`(1 - ε)·onehot + ε/K` (Szegedy et al. 2016, section 7; PyTorch's `CrossEntropyLoss`). The
*others-only* convention leaves `1 - ε` at the label and shares ε among the other K - 1.
"""

from __future__ import annotations

import math


def check_epsilon(epsilon: float) -> float:
    """Return `epsilon` if it is a label smoothing in [0, 1); raise `ValueError` if it is not."""
    if not (math.isfinite(epsilon) and 0.0 <= epsilon < 1.0):
        raise ValueError(
            f"label smoothing ε is {epsilon:g}; it must be at least 0 (hard labels) and below 1"
        )
    return epsilon


def others_only_epsilon(epsilon: float, classes: int) -> float:
    """The ε' of the others-only convention that gives the targets of a uniform mix of ε."""
    if classes < 2:
        raise ValueError(f"label smoothing needs at least 2 classes, not {classes}")
    return check_epsilon(epsilon) * (classes - 1) / classes


def uniform_mix_epsilon(epsilon: float, classes: int) -> float:
    """The ε of a uniform mix that gives the targets of the others-only convention of `epsilon`.

    Raises `ValueError` where no ε below 1 does: others-only may take more from a label than
    sharing it evenly among all the classes would.
    """
    if classes < 2:
        raise ValueError(f"label smoothing needs at least 2 classes, not {classes}")
    return check_epsilon(check_epsilon(epsilon) * classes / (classes - 1))
