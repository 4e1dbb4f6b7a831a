"""How often a model was right on the test pictures where it was similarly confident."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.calibration import check_temperature, confidence, softmax
from contract.calibration.intervals import Interval, wilson

BIN_EDGES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
"""The edges of the bins of confidence."""
FEWEST_IN_BIN = 50
# How many other temperatures are kept: moving a slider on the page asks for many.
MOST_KEPT = 100


@dataclass(frozen=True)
class Bin:
    """The `n` test pictures with a confidence in (low, high], and the model's accuracy on them."""

    low: float
    high: float
    n: int
    accuracy: float
    interval: Interval
    """The Wilson interval of the accuracy."""


_Bins = tuple[list[Bin], list[float]]
"""The bins at a temperature, and the upper end of each."""


class Lookup:
    """Looks up a model's accuracy on the test pictures where it was similarly confident.

    It is built from the `logits` `[n, 10]` and `labels` `[n]` of the test set. The bins at the
    temperatures `kept` are made at once and never forgotten. Those at another temperature are made
    when it is asked for, which takes milliseconds; the one that was not used for longest is
    forgotten first.
    """

    def __init__(
        self,
        logits: NDArray[np.float32],
        labels: NDArray[np.int64],
        kept: Iterable[float] = (1.0,),
    ) -> None:
        self._logits = logits
        self._labels = labels
        self._kept = {temperature: self._made(temperature) for temperature in kept}
        self._others: OrderedDict[float, _Bins] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, sure: float, temperature: float = 1.0) -> Bin:
        """The bin of the confidence `sure` at `temperature`. Raises `ValueError` out of range."""
        if not 0 <= sure <= 1:
            raise ValueError(f"confidence is {sure:g}; it must be from 0 to 1")
        bins, ends = self._at_temperature(temperature)
        return bins[bisect_left(ends, sure)]

    def knows(self, temperature: float) -> bool:
        """Whether the bins at `temperature` are kept for good."""
        return temperature in self._kept

    def _at_temperature(self, temperature: float) -> _Bins:
        kept = self._kept.get(temperature)
        if kept is not None:
            return kept
        with self._lock:
            found = self._others.get(temperature)
            if found is not None:
                self._others.move_to_end(temperature)
                return found
        # Outside the lock: two threads may both make it, but nobody waits for another's.
        made = self._made(temperature)
        with self._lock:
            self._others[temperature] = made
            self._others.move_to_end(temperature)
            while len(self._others) > MOST_KEPT:
                self._others.popitem(last=False)
        return made

    def _made(self, temperature: float) -> _Bins:
        check_temperature(temperature)
        bins = merged_bins(*confidence(softmax(self._logits, temperature), self._labels))
        return bins, [each.high for each in bins]


def merged_bins(sure: NDArray[np.float64], correct: NDArray[np.bool_]) -> list[Bin]:
    """Bins between `BIN_EDGES`, merged until each holds at least `FEWEST_IN_BIN` pictures.

    Starting with the highest confidence, a bin with too few pictures is merged with the next lower
    one. What is left at the bottom joins the bin above it. With fewer than `FEWEST_IN_BIN` pictures
    in total, there is one bin.
    """
    which = np.clip(np.searchsorted(BIN_EDGES, sure, side="left") - 1, 0, len(BIN_EDGES) - 2)
    counts = np.bincount(which, minlength=len(BIN_EDGES) - 1)
    rights = np.bincount(which[correct], minlength=len(BIN_EDGES) - 1)
    groups: list[list[int]] = [[]]
    for index in reversed(range(len(counts))):
        groups[-1].append(index)
        if counts[groups[-1]].sum() >= FEWEST_IN_BIN:
            groups.append([])
    rest = groups.pop()
    if rest:
        if groups:
            groups[-1] += rest
        else:
            groups.append(rest)
    return [_bin(BIN_EDGES[g[-1]], BIN_EDGES[g[0] + 1], counts[g], rights[g]) for g in groups[::-1]]


def _bin(low: float, high: float, counts: NDArray[np.intp], rights: NDArray[np.intp]) -> Bin:
    n, right = int(counts.sum()), int(rights.sum())
    return Bin(low, high, n, right / n, wilson(right, n))
