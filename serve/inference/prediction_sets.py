"""The prediction sets of pictures, by thresholds that training worked out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract.calibration import prediction_sets, softmax
from contract.cifar10 import CLASSES


def class_names(logits: NDArray[np.float32], threshold: float) -> list[list[str]]:
    """The classes in the set of each picture, likeliest first, from its `logits` `[n, 10]`.

    The threshold is for probabilities at T = 1. They are computed in float64, as in the report,
    because in float32 those of a very confident model round to 1.
    """
    probabilities = softmax(logits)
    ranked = np.argsort(-probabilities, axis=1, kind="stable")
    inside = np.take_along_axis(prediction_sets(probabilities, threshold), ranked, axis=1)
    return [
        [CLASSES[k] for k, is_in in zip(classes, members, strict=True) if is_in]
        for classes, members in zip(ranked.tolist(), inside.tolist(), strict=True)
    ]


def guarantee_of(level: float) -> str:
    """What is guaranteed of sets at the coverage `level`, and for which pictures."""
    return (
        f"Of pictures like those of CIFAR-10, at least {level:.0%} get a set that holds the true "
        "class, on average over all classes. Nothing is guaranteed for photographs or for any "
        "other pictures: there, far fewer sets may hold it."
    )
