"""Both twins on a batch of pictures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import CLASSES
from contract.lookup import Bin, Lookup
from contract.manifest import NAMES
from serve.runtime import Device, Pair


@dataclass(frozen=True)
class Verdict:
    """What one twin says of one picture."""

    probabilities: NDArray[np.float32]
    """`[10]`, in the order of `CLASSES`."""
    reliability: Bin | None = None
    """How often the twin was right on test pictures when about as sure, if that was measured."""

    @property
    def label(self) -> str:
        return CLASSES[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """The largest probability, from 0.1 to 1."""
        return float(self.probabilities.max())


@dataclass(frozen=True)
class Comparison:
    """What both twins say of one picture, by name."""

    models: dict[str, Verdict]

    @property
    def agree(self) -> bool:
        """Whether the twins name the same class."""
        return len({verdict.label for verdict in self.models.values()}) == 1

    @property
    def difference_pp(self) -> float:
        """Hard confidence minus smoothed confidence, in percentage points."""
        return 100 * (self.models["hard"].confidence - self.models["smoothed"].confidence)


class Comparer:
    """Runs the twins at the same time, each in a thread of its own."""

    def __init__(self, pair: Pair, lookups: Mapping[str, Lookup] | None = None) -> None:
        self._pair = pair
        self._lookups = lookups or {}
        self._threads = ThreadPoolExecutor(len(NAMES), thread_name_prefix="twin")

    @property
    def pair(self) -> Pair:
        return self._pair

    @property
    def device(self) -> Device:
        return self._pair.device

    def compare(self, images: NDArray[np.uint8]) -> list[Comparison]:
        """One comparison for each of the uint8 pictures `[n, 32, 32, 3]`."""
        if not len(images):
            return []
        running = {name: self._threads.submit(self._pair.run, name, images) for name in NAMES}
        rows = {name: future.result()["probabilities"] for name, future in running.items()}
        return [
            Comparison({name: self._verdict(name, rows[name][index]) for name in NAMES})
            for index in range(len(images))
        ]

    def _verdict(self, name: str, probabilities: NDArray[np.float32]) -> Verdict:
        lookup = self._lookups.get(name)
        # float32 rows may reach a hair above 1.
        sure = min(float(probabilities.max()), 1.0)
        return Verdict(probabilities, lookup.at(sure) if lookup else None)


def milliseconds_since(started: float) -> float:
    """Since a `time.perf_counter()` reading, to a hundredth."""
    return round(1000 * (time.perf_counter() - started), 2)
