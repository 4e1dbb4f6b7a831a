"""Label smoothing with a strength ε, in its two conventions; training uses PyTorch's own.

The *uniform mix* spreads ε evenly over all K classes, including the label's own:
`(1 - ε)·onehot + ε/K` (Szegedy et al. 2016, section 7; PyTorch's `CrossEntropyLoss`). The
*others-only* convention leaves `1 - ε` at the label and spreads ε evenly over the other K - 1.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Convention = Literal["uniform mix", "others only"]


def check_epsilon(epsilon: float) -> float:
    """Return `epsilon` if it is in [0, 1); raise `ValueError` if it is not."""
    if not (math.isfinite(epsilon) and 0.0 <= epsilon < 1.0):
        raise ValueError(
            f"label smoothing ε is {epsilon:g}; it must be at least 0 (hard labels) and below 1"
        )
    return epsilon


def others_only_epsilon(epsilon: float, classes: int) -> float:
    """The ε of the others-only convention that gives the targets of a uniform mix of `epsilon`."""
    if classes < 2:
        raise ValueError(f"label smoothing needs at least 2 classes, not {classes}")
    return check_epsilon(epsilon) * (classes - 1) / classes


def uniform_mix_epsilon(epsilon: float, classes: int) -> float:
    """The ε of a uniform mix that gives the targets of the others-only convention of `epsilon`.

    Raises `ValueError` if there is no such ε below 1: the others-only convention can leave a
    label 1/K or less, and a uniform mix cannot.
    """
    if classes < 2:
        raise ValueError(f"label smoothing needs at least 2 classes, not {classes}")
    return check_epsilon(check_epsilon(epsilon) * classes / (classes - 1))


def targets(
    labels: ArrayLike, classes: int, epsilon: float, convention: Convention = "uniform mix"
) -> NDArray[np.float64]:
    """The smoothed targets `[n, classes]` of `labels` `[n]`. Each row sums to 1.

    Raises `ValueError` if the labels are not a 1-D array of integers from 0 to classes - 1, or ε is
    outside [0, 1).
    """
    check_epsilon(epsilon)
    y = np.asarray(labels)
    if y.ndim != 1:
        raise ValueError(
            f"labels have shape {y.shape}; they must be one class number for each picture, such "
            "as [2, 0, 1], not rows of probabilities"
        )
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels are {y.dtype}; they must be integers")
    if classes < 2:
        raise ValueError(f"label smoothing needs at least 2 classes, not {classes}")
    if len(y) and not (y.min() >= 0 and y.max() < classes):
        bad = int(y[(y < 0) | (y >= classes)][0])
        raise ValueError(f"label {bad} is not from 0 to {classes - 1}")
    onehot = np.eye(classes)[y]
    if convention == "uniform mix":
        return np.asarray((1 - epsilon) * onehot + epsilon / classes)
    return np.asarray((1 - epsilon) * onehot + epsilon / (classes - 1) * (1 - onehot))


def loss_floor(epsilon: float, classes: int, convention: Convention = "uniform mix") -> float:
    """The smallest possible cross-entropy with `epsilon`: the entropy of the target, in nats."""
    (target,) = targets([0], classes, epsilon, convention)
    return float(sum(p * -math.log(p) for p in target.tolist() if p > 0)) + 0.0  # no -0.0
