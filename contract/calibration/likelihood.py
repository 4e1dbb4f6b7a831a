"""The negative log-likelihood of the true class, from logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration.probabilities import (
    Floats,
    check_labels,
    check_matrix,
    check_temperature,
)


def nll_by_picture(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> Floats:
    """The negative log-likelihood of the true class, in nats, for each picture: `[n]`.

    It is computed from logits, because a probability can round to 0.
    """
    z = check_matrix(logits, "logits") / check_temperature(temperature)
    y = check_labels(labels, *z.shape)
    z -= z.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y])
