"""How well a score ranks right answers before wrong ones, and test pictures before others."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from contract.calibration import Floats, check_matrix, softmax


def scores(logits: ArrayLike) -> dict[str, Floats]:
    """Four confidence scores by name, each `[n]`; a higher score means a more confident model.

    `normalised_logit` is the largest of logits / ‖logits‖₂ after the logits are centred (Cattelan
    and Silva 2024). Probability and margin are computed in float64: in float32 many would tie at 1.
    """
    z = check_matrix(logits, "logits")
    p = np.sort(softmax(z), axis=1)
    centred = z - z.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)
    return {
        "probability": p[:, -1],
        "margin": p[:, -1] - p[:, -2],
        "logit": z.max(axis=1),
        "normalised_logit": centred.max(axis=1) / np.where(norms > 0, norms, 1.0),
    }


def aurc(risks: Floats) -> float:
    """The area under the risk-coverage curve: the mean of `risks` `[n]` (Geifman et al. 2019)."""
    return float(np.mean(risks))


def e_aurc(risks: Floats) -> float:
    """The AURC of `risks` `[n]` minus that of a perfect ranking (Geifman et al. 2019).

    A perfect ranking has the AURC r + (1-r)·ln(1-r) at the error rate r.
    """
    r = float(risks[-1])
    best = r + (1 - r) * math.log1p(-r) if r < 1 else 1.0
    return aurc(risks) - best


def auroc(inside: Floats, outside: Floats) -> float:
    """The probability that a score from `inside` is above one from `outside`; 0.5 is chance.

    Ties count half (Mann and Whitney 1947).
    """
    ordered = np.sort(inside)
    above = len(inside) - np.searchsorted(ordered, outside, side="right")
    at_least = len(inside) - np.searchsorted(ordered, outside, side="left")
    return float((above + at_least).sum() / (2 * len(inside) * len(outside)))


def false_positive_rate(inside: Floats, outside: Floats, kept: float = 0.95) -> float:
    """The share of `outside` scores above the threshold that a share `kept` of `inside` passes."""
    threshold = np.sort(inside)[::-1][math.ceil(kept * len(inside)) - 1]
    return float((outside >= threshold).mean())
