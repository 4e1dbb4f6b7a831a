"""Both twins on a batch of pictures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.calibration import softmax
from contract.calibration.lookup import Bin
from contract.cifar10 import CLASSES, PICTURE_SIZE
from contract.twins import NAMES
from serve.inference.engine import Engine, Images, Outputs
from serve.inference.evidence import Evidence
from serve.inference.runtime import Device, LoadedPair

Temperatures = Mapping[str, float]
"""By twin; one that is missing is 1."""


# Not frozen, because a frozen dataclass takes several times as long to make at each request.
@dataclass(slots=True)
class Verdict:
    """What one twin says of one picture."""

    probabilities: list[float]
    """Ten, in the order of `CLASSES`."""
    label: str
    """The likeliest class."""
    confidence: float
    """The largest probability, from 0.1 to 1."""
    temperature: float = 1.0
    """What the logits were divided by."""
    reliability: Bin | None = None
    """How often the twin was right on test pictures when about as sure, if that was measured."""


@dataclass(slots=True)
class Comparison:
    """What both twins say of one picture, by name."""

    models: dict[str, Verdict]
    unusual: bool | None = None
    """Whether it is unlike the validation pictures: each twin's largest logit is below that of 99%
    of them. None where there is no evidence."""

    @property
    def agree(self) -> bool:
        """Whether the twins name the same class."""
        return len({verdict.label for verdict in self.models.values()}) == 1

    @property
    def difference_pp(self) -> float:
        """Hard confidence minus smoothed confidence, in percentage points."""
        return 100 * (self.models["hard"].confidence - self.models["smoothed"].confidence)


class Comparer:
    """Asks both twins, and adds what their confidences have been worth.

    Raises `Overloaded` where too much waits.
    """

    def __init__(self, engine: Engine, evidence: Evidence | None = None) -> None:
        self.engine = engine
        self.evidence = evidence or Evidence()
        self._ready = False

    @property
    def pair(self) -> LoadedPair:
        return self.engine.pair

    @property
    def device(self) -> Device:
        return self.pair.device

    @property
    def ready(self) -> bool:
        """Whether both twins have answered a warm-up."""
        return self._ready

    def warm_up(self) -> None:
        """Run both twins on one picture and on the most that share a run.

        The first run of a size is slower than those that follow: memory is found for it, and on a
        GPU the kernels are chosen.
        """
        for size in (1, self.engine.largest_batch):
            pictures = np.zeros((size, PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
            # Requests may come before it; refused among them, it would never be ready.
            self.engine.infer_blocking(pictures, bounded=False)
        self._ready = True

    async def compare(
        self, images: Images, temperatures: Temperatures | None = None
    ) -> list[Comparison]:
        """One comparison for each of the uint8 pictures `[n, 32, 32, 3]`."""
        if not len(images):
            return []
        outputs = await self.engine.infer(images)
        if temperatures:
            # A temperature that was not asked for before takes milliseconds to look up.
            return await asyncio.to_thread(self.judge, outputs, temperatures)
        return self.judge(outputs, {})

    def judge(self, outputs: Outputs, temperatures: Temperatures) -> list[Comparison]:
        """One comparison for each picture, of what the engine gave."""
        verdicts = [
            self._verdicts(name, outputs[name], temperatures.get(name, 1.0)) for name in NAMES
        ]
        unusual = self._unusual(outputs)
        return [
            Comparison(dict(zip(NAMES, both, strict=True)), odd)
            for odd, *both in zip(unusual, *verdicts, strict=True)
        ]

    def _unusual(self, outputs: Outputs) -> list[bool] | list[None]:
        least = self.evidence.least_logits
        pictures = len(outputs[NAMES[0]]["logits"])
        if not least:
            return [None] * pictures
        unusual = [True] * pictures
        for name in NAMES:
            if any(unusual):  # seldom true for the second twin
                # Lists, here and below: a picture or two are through before NumPy has begun.
                rows = outputs[name]["logits"].tolist()
                unusual = [
                    odd and max(row) < least[name] for odd, row in zip(unusual, rows, strict=True)
                ]
        return unusual

    def _verdicts(
        self, name: str, outputs: dict[str, NDArray[np.float32]], temperature: float
    ) -> list[Verdict]:
        if temperature == 1.0:
            probabilities = outputs["probabilities"]
        else:
            probabilities = softmax(outputs["logits"], temperature).astype(np.float32)
        lookup = self.evidence.lookups.get(name)
        verdicts = []
        for row in probabilities.tolist():
            sure = max(row)
            # float32 rows may reach a hair above 1.
            found = lookup.at(min(sure, 1.0), temperature) if lookup else None
            verdicts.append(Verdict(row, CLASSES[row.index(sure)], sure, temperature, found))
        return verdicts


def milliseconds_since(started: float) -> float:
    """Since a `time.perf_counter()` reading, to a hundredth."""
    return round(1000 * (time.perf_counter() - started), 2)
