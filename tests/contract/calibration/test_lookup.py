from __future__ import annotations

import itertools

import numpy as np
import pytest

from contract.calibration import confidence, softmax
from contract.calibration.lookup import BIN_EDGES, FEWEST_IN_BIN, Lookup, merged_bins


def many(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    logits = rng.normal(size=(n, 10)) + 3 * np.eye(10)[labels]
    return logits.astype(np.float32), labels


@pytest.mark.parametrize("n", [1, 49, 50, 51, 500, 10_000])
def test_bins_cover_everything_once_and_hold_enough(n: int) -> None:
    sure, correct = confidence(softmax(many(n)[0]), many(n)[1])
    bins = merged_bins(sure, correct)
    assert (bins[0].low, bins[-1].high) == (0.0, 1.0)
    assert all(a.high == b.low for a, b in itertools.pairwise(bins))
    assert {b.low for b in bins} <= set(BIN_EDGES)
    assert sum(b.n for b in bins) == n
    assert all(b.n >= FEWEST_IN_BIN for b in bins) or len(bins) == 1
    for one in bins:
        inside = (sure > one.low) & (sure <= one.high)
        assert one.n == inside.sum()
        assert one.accuracy == pytest.approx(correct[inside].mean())
        assert one.interval.low <= one.accuracy <= one.interval.high


def test_neighbours_are_merged_by_hand() -> None:
    """60 above .999, 10 at .97, 45 at .85, 3 at .2: the 10 join the 45, the 3 are left over."""
    sure = np.array([0.9995] * 60 + [0.97] * 10 + [0.85] * 45 + [0.2] * 3)
    correct = np.array([True] * 60 + [True] * 9 + [False] + [True] * 40 + [False] * 5 + [False] * 3)
    low, high = merged_bins(sure, correct)
    assert (high.low, high.high, high.n, high.accuracy) == (0.999, 1.0, 60, 1.0)
    assert (low.low, low.high, low.n) == (0.0, 0.999, 58)
    assert low.accuracy == pytest.approx(49 / 58)


def test_an_edge_belongs_to_the_lower_bin() -> None:
    logits, labels = many(10_000)
    lookup = Lookup(logits, labels)
    for edge in BIN_EDGES[1:]:
        found = lookup.at(edge)
        assert found.low < edge <= found.high
    assert lookup.at(0.0).low == 0.0


def test_another_temperature_gives_other_bins() -> None:
    logits, labels = many(10_000)
    lookup = Lookup(logits, labels)
    assert lookup.at(0.97).accuracy > lookup.at(0.97, 0.3).accuracy
    for step in range(300):  # a slider moved to and fro keeps its memory bounded
        lookup.at(0.5, 0.5 + step / 100)
    assert len(lookup._bins) <= 101


@pytest.mark.parametrize("sure", [-0.1, 1.1, float("nan")])
def test_what_is_no_confidence_is_refused(sure: float) -> None:
    with pytest.raises(ValueError, match="confidence is"):
        Lookup(*many(100)).at(sure)
