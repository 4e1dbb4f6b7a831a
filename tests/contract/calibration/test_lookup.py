from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from contract.calibration import confidence, softmax
from contract.calibration.lookup import (
    BIN_EDGES,
    FEWEST_IN_BIN,
    MOST_KEPT,
    Lookup,
    _Bins,
    merged_bins,
)


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


class Counted(Lookup):
    """A lookup that notes which temperatures it makes bins for."""

    def _made(self, temperature: float) -> _Bins:
        self.made = [*getattr(self, "made", []), temperature]
        return super()._made(temperature)


def test_no_temperature_that_is_asked_for_evicts_those_that_are_kept() -> None:
    lookup = Counted(*many(200), kept=(1.0, 1.37))
    assert lookup.made == [1.0, 1.37]
    for step in range(3 * MOST_KEPT):  # a slider moved to and fro, or a client that tries them all
        lookup.at(0.5, 2 + step / 100)
        lookup.at(0.5, 2.0)  # asked for again and again
    del lookup.made[:]
    for temperature in (1.0, 1.37, 2.0):
        lookup.at(0.5, temperature)
        assert lookup.knows(temperature) == (temperature < 2)
    assert lookup.made == []
    lookup.at(0.5, 2.01)  # not asked for the longest
    assert lookup.made == [2.01]
    assert len(lookup._others) == MOST_KEPT


def test_threads_that_ask_at_once_get_the_same_bins() -> None:
    lookup = Lookup(*many(200))
    asked = [0.5 + step / 50 for step in range(2 * MOST_KEPT)] * 2
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda temperature: lookup.at(0.5, temperature), asked))
    assert found[: len(asked) // 2] == found[len(asked) // 2 :]
    assert len(lookup._others) == MOST_KEPT


@pytest.mark.parametrize("sure", [-0.1, 1.1, float("nan")])
def test_what_is_no_confidence_is_refused(sure: float) -> None:
    with pytest.raises(ValueError, match="confidence is"):
        Lookup(*many(100)).at(sure)
