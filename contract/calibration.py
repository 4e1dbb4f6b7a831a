"""What a classifier's confidences are worth: each metric once, in NumPy and float64.

Everywhere `logits` and `probabilities` are `[n, K]`, `labels` `[n]` from 0 to K-1; a *confidence*
is the largest probability of a row, `correct` whether that class is the label. Ties between classes
go to the first, as `argmax` does. Bad input raises `ValueError` with a text for people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 15
"""As in Guo et al. (2017)."""
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0
# A probability of 0 for the true class would make one picture outweigh all others.
_SMALLEST = float(np.finfo(np.float64).tiny)


def softmax(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities of `logits / temperature`. Raises for a temperature out of range."""
    z = _matrix(logits, "logits") / check_temperature(temperature)
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def check_temperature(temperature: float) -> float:
    """Return `temperature` if it may divide logits; raise `ValueError` if not."""
    if not LOWEST_TEMPERATURE <= temperature <= HIGHEST_TEMPERATURE:
        raise ValueError(
            f"temperature is {temperature:g}; it must be from {LOWEST_TEMPERATURE:g} to "
            f"{HIGHEST_TEMPERATURE:g}"
        )
    return float(temperature)


def check(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    """Both as arrays, or `ValueError`: shape, NaN, range, rows that do not sum to 1, labels."""
    p = _matrix(probabilities, "probabilities")
    if (p < 0).any() or (p > 1 + 1e-6).any():
        raise ValueError(
            f"probabilities lie from {p.min():g} to {p.max():g}; each must be from 0 to 1: "
            "give the softmax, not the logits"
        )
    off = np.abs(p.sum(axis=1) - 1)
    worst = int(off.argmax())
    if off[worst] > 1e-4:
        raise ValueError(
            f"the probabilities of row {worst} sum to {p[worst].sum():g}; each row must sum to 1"
        )
    return p, _labels(labels, *p.shape)


def confidence(probabilities: ArrayLike, labels: ArrayLike) -> tuple[Floats, Bools]:
    """The largest probability `[n]`, and whether its class is the label `[n]`."""
    p, y = check(probabilities, labels)
    return p.max(axis=1), p.argmax(axis=1) == y


def nll_by_picture(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> Floats:
    """-log of the true class's probability, in nats, `[n]`; from logits, so that none is lost."""
    z = _matrix(logits, "logits") / check_temperature(temperature)
    y = _labels(labels, *z.shape)
    z -= z.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y])


def nll(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean negative log-likelihood of the true class, in nats."""
    p, y = check(probabilities, labels)
    return float(-np.log(np.maximum(p[np.arange(len(p)), y], _SMALLEST)).mean())


def brier_by_picture(probabilities: ArrayLike, labels: ArrayLike) -> Floats:
    """Σ_k (p_k - y_k)², from 0 to 2, `[n]` (Brier 1950; not divided by K)."""
    p, y = check(probabilities, labels)
    return np.asarray(((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1))


@dataclass(frozen=True)
class BrierParts:
    """Murphy (1973): Brier = reliability - resolution + uncertainty + within, over all classes.

    The identity is exact where the forecasts in a bin are equal; `within` is what is left by those
    that are not (Stephenson et al. 2008).
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float


def brier_parts(probabilities: ArrayLike, labels: ArrayLike, bins: int = BINS) -> BrierParts:
    """The decomposition, each class by itself, in `bins` bins of equal width."""
    p, y = check(probabilities, labels)
    n, classes = p.shape
    reliability = resolution = uncertainty = 0.0
    for k in range(classes):
        happened = (y == k).astype(np.float64)
        table = _table(p[:, k], happened, _equal_width(p[:, k], bins), bins)
        rate, share = happened.mean(), table.count / n
        reliability += float((share * (table.confidence - table.accuracy) ** 2).sum())
        resolution += float((share * (table.accuracy - rate) ** 2).sum())
        uncertainty += float(rate * (1 - rate))
    total = float(brier_by_picture(p, y).mean())
    within = total - (reliability - resolution + uncertainty)
    return BrierParts(reliability, resolution, uncertainty, within)


@dataclass(frozen=True)
class Table:
    """A reliability diagram: for each bin that is not empty, each `[bins]`."""

    count: NDArray[np.int64]
    confidence: Floats
    """Mean."""
    accuracy: Floats


def equal_width(sure: Floats, correct: Bools, bins: int = BINS) -> Table:
    """Bins (0, 1/bins], (1/bins, 2/bins] and so on."""
    return _table(sure, correct, _equal_width(sure, bins), bins)


def equal_mass(sure: Floats, correct: Bools, bins: int = BINS) -> Table:
    """Bins with the same number of pictures (off by one where `bins` does not divide it).

    Equal confidences are not told apart by their order: they share the bin of the first of them.
    """
    ranks = np.searchsorted(np.sort(sure), sure, side="left")
    return _table(sure, correct, ranks * bins // len(sure), bins)


def ece(table: Table) -> float:
    """Expected calibration error: Σ n_b/n · |accuracy_b - confidence_b|, from 0 to 1."""
    gaps: Floats = np.abs(table.accuracy - table.confidence)
    return float((table.count * gaps).sum() / table.count.sum())


def signed_gap(sure: Floats, correct: Bools) -> float:
    """Mean confidence minus accuracy: above 0 is overconfident. ECE hides the sign."""
    return float(np.mean(sure) - np.mean(correct))


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The T that makes the NLL least (Guo et al. 2017, section 4.2), within the range allowed.

    The NLL is convex in 1/T: its slope is followed to zero by bisection. Where it has no zero in
    the range (every answer right, say), T is the end of the range that is nearer to it.
    """
    z = _matrix(logits, "logits")
    y = _labels(labels, *z.shape)
    z = z - z.max(axis=1, keepdims=True)
    true = z[np.arange(len(z)), y]

    def slope(inverse: float) -> float:
        e = np.exp(z * inverse)
        return float(((e * z).sum(axis=1) / e.sum(axis=1) - true).mean())

    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    if slope(high) <= 0:
        return LOWEST_TEMPERATURE
    if slope(low) >= 0:
        return HIGHEST_TEMPERATURE
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(1 / (low * high) ** 0.5)


def scores(logits: ArrayLike) -> dict[str, Floats]:
    """Four ways to rank pictures by how sure a model is, each `[n]`, higher is surer.

    `normalised_logit` is the largest of logits / ‖logits‖₂, the logits centred first (Cattelan and
    Silva 2024). Probability and margin are taken of float64 logits: in float32 many would tie at 1.
    """
    z = _matrix(logits, "logits")
    p = np.sort(softmax(z), axis=1)
    centred = z - z.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)
    return {
        "probability": p[:, -1],
        "margin": p[:, -1] - p[:, -2],
        "logit": z.max(axis=1),
        "normalised_logit": centred.max(axis=1) / np.where(norms > 0, norms, 1.0),
    }


def risk_coverage(score: ArrayLike, correct: ArrayLike) -> Floats:
    """The risk (share of wrong answers) among the i surest pictures, for i = 1 to n, `[n]`.

    Pictures with the same score are answered in no order: each counts as their mean.
    """
    s = np.asarray(score, np.float64)
    wrong = 1.0 - np.asarray(correct, np.float64)
    if s.ndim != 1 or s.shape != wrong.shape or not len(s):
        raise ValueError(f"scores {s.shape} and correct {wrong.shape} must be one value a picture")
    if np.isnan(s).any():
        raise ValueError("a score is NaN; each must be a number")
    _, group, size = np.unique(-s, return_inverse=True, return_counts=True)
    mean = np.bincount(group, wrong) / size
    return np.asarray(np.cumsum(np.repeat(mean, size)) / np.arange(1, len(s) + 1), np.float64)


def aurc(risks: Floats) -> float:
    """Area under the risk-coverage curve: the mean risk over i/n (Geifman et al. 2019)."""
    return float(np.mean(risks))


def e_aurc(risks: Floats) -> float:
    """AURC minus that of a perfect ranking, r + (1-r)·ln(1-r) at error rate r (ibid.)."""
    r = float(risks[-1])
    best = r + (1 - r) * math.log1p(-r) if r < 1 else 1.0
    return aurc(risks) - best


def auroc(inside: Floats, outside: Floats) -> float:
    """How well a score tells two sets apart: the chance that one of `inside` is above one of
    `outside`, ties counted half (Mann and Whitney 1947). 0.5 is chance."""
    ordered = np.sort(inside)
    above = len(inside) - np.searchsorted(ordered, outside, side="right")
    at_least = len(inside) - np.searchsorted(ordered, outside, side="left")
    return float((above + at_least).sum() / (2 * len(inside) * len(outside)))


def false_positive_rate(inside: Floats, outside: Floats, kept: float = 0.95) -> float:
    """The share of `outside` that passes a threshold which the surest `kept` of `inside` pass."""
    threshold = np.sort(inside)[::-1][math.ceil(kept * len(inside)) - 1]
    return float((outside >= threshold).mean())


def _equal_width(values: Floats, bins: int) -> NDArray[np.int64]:
    return np.asarray(np.clip(np.ceil(values * bins) - 1, 0, bins - 1), np.int64)


def _table(values: Floats, happened: ArrayLike, which: NDArray[np.int64], bins: int) -> Table:
    count = np.bincount(which, minlength=bins)
    full = count > 0
    weights = np.asarray(happened, np.float64)
    return Table(
        count=count[full],
        confidence=np.bincount(which, values, bins)[full] / count[full],
        accuracy=np.bincount(which, weights, bins)[full] / count[full],
    )


def _matrix(values: ArrayLike, what: str) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim != 2 or not array.size or array.shape[1] < 2:
        raise ValueError(f"{what} have shape {array.shape}; they must be [pictures, classes]")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"{what} of row {row} hold NaN or infinity; each must be a number")
    return array


def _labels(labels: ArrayLike, n: int, classes: int) -> NDArray[np.int64]:
    y = np.asarray(labels)
    if y.shape != (n,):
        raise ValueError(f"labels have shape {y.shape}; there must be one for each of {n} rows")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels are {y.dtype}; they must be whole numbers")
    if y.min() < 0 or y.max() >= classes:
        bad = int(y[(y < 0) | (y >= classes)][0])
        raise ValueError(f"label {bad} is not from 0 to {classes - 1}")
    return y.astype(np.int64)
