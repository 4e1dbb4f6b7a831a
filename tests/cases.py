"""Logits and labels of several kinds of classifier, for tests of the metrics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N, K = 4000, 10
ONE_RIGHT = np.array([[0.7, 0.2, 0.1]])


def random_case(sharpness: float, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits of a model that is often right, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, K, N)
    logits = rng.normal(size=(N, K)) + 2.0 * np.eye(K)[labels]
    return logits * sharpness, labels


CASES = {
    "random": random_case(1.0),
    "underconfident": random_case(0.3),
    "saturated": random_case(40.0),
    # Few pictures: torchmetrics adds equal confidences up in float32.
    "all right": (8.0 * np.eye(K)[np.arange(50) % K], np.arange(50) % K),
    "all wrong": (8.0 * np.eye(K)[np.arange(50) % K], (np.arange(50) + 1) % K),
    "one class": (random_case(1.0)[0], np.zeros(N, np.int64)),
    "one picture": (np.array([[1.0, 2.0, 0.0]]), np.array([1])),
}
