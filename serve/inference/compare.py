"""Compares the answers of both models to a batch of pictures."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.artifacts.report import UnlikeTheData
from contract.calibration import softmax
from contract.calibration.energy import energy
from contract.calibration.lookup import Bin
from contract.cifar10 import CLASSES, PICTURE_SIZE
from contract.twins import NAMES
from serve.inference.engine import Engine, Images, Outputs, Place
from serve.inference.evidence import Evidence
from serve.inference.prediction_sets import class_names
from serve.inference.providers import Device
from serve.inference.runtime import LoadedPair

log = logging.getLogger("twinlabel")

# Seconds between tries to warm up. What passes, such as a GPU whose memory another process is about
# to give back, has passed by then; what does not is for whoever watches the readiness.
_PAUSES = (1, 2, 4, 8, 16, 30)

Temperatures = Mapping[str, float]
"""The temperature of each model by name; a missing one is 1."""


# Not frozen, because a frozen dataclass takes several times as long to make at each request.
@dataclass(slots=True)
class Verdict:
    """The answer of one model to one picture."""

    probabilities: list[float]
    """The ten probabilities, in the order of `CLASSES`."""
    label: str
    """The most likely class."""
    confidence: float
    """The largest probability, from 0.1 to 1."""
    temperature: float = 1.0
    """The temperature that the logits were divided by."""
    reliability: Bin | None = None
    """How often the model was right on test pictures at a similar confidence, if measured."""
    prediction_set: list[str] | None = None
    """The classes in the prediction set, likeliest first, if a coverage level was asked for."""


@dataclass(slots=True)
class Comparison:
    """The answers of both models to one picture, by name of the model."""

    models: dict[str, Verdict]
    unusual: bool | None = None
    """Whether the picture is unlike the data: for either model, its energy is below the least of
    usual pictures. None if there is no evidence."""
    warned: UnlikeTheData | None = None
    """How often that is said of other pictures, if it is said of this one."""

    @property
    def agree(self) -> bool:
        """Whether both models chose the same class."""
        return len({verdict.label for verdict in self.models.values()}) == 1

    @property
    def difference_pp(self) -> float:
        """The hard model's confidence minus the smoothed model's, in percentage points."""
        return 100 * (self.models["hard"].confidence - self.models["smoothed"].confidence)


class Comparer:
    """Runs both models, and adds how often such confidences were right on test pictures."""

    def __init__(self, engine: Engine, evidence: Evidence | None = None) -> None:
        self.engine = engine
        self.evidence = evidence or Evidence()
        self._ready = False
        self.not_ready_because: str | None = None
        """Why the last try to warm up failed. None while that is not known or not the case."""

    @property
    def pair(self) -> LoadedPair:
        """The pair of models that answers."""
        return self.engine.pair

    @property
    def device(self) -> Device:
        """The device that the models run on."""
        return self.pair.device

    @property
    def ready(self) -> bool:
        """Whether both models have answered a warm-up."""
        return self._ready

    def warm_up(self) -> None:
        """Run both models on one picture and on a batch of the largest size.

        The first run of a size is slower than later ones, because it allocates memory and, on a
        GPU, chooses kernels.
        """
        for size in (1, self.engine.largest_batch):
            pictures = np.zeros((size, PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
            # Requests may already be waiting. If the warm-up were refused, it would never be ready.
            self.engine.infer_blocking(pictures, bounded=False)
        self._ready = True
        self.not_ready_because = None

    async def become_ready(self, pauses: Sequence[float] = _PAUSES) -> None:
        """Warm up, and try again after each of `pauses`, the last of which is repeated.

        It never gives up, because what is wrong may pass, and a process that has ended tells a
        health check nothing. Each failure is logged in one line.
        """
        for attempt in itertools.count():
            try:
                await asyncio.to_thread(self.warm_up)
            except Exception as error:
                reason = (str(error).strip() or type(error).__name__).splitlines()[0]
                pause = pauses[min(attempt, len(pauses) - 1)]
                self.not_ready_because = f"the models fail in the warm-up: {reason}"
                log.error("not ready: %s; trying again in %g s", self.not_ready_because, pause)
                await asyncio.sleep(pause)
            else:
                return

    async def compare(
        self,
        images: Images,
        temperatures: Temperatures | None = None,
        place: Place | None = None,
        coverage: float | None = None,
    ) -> list[Comparison]:
        """One comparison for each of the uint8 pictures `[n, 32, 32, 3]`.

        `place` is the one that the request holds in the engine, if it holds one already. With
        `coverage`, a level of the evidence's thresholds, there are prediction sets. Raises
        `Overloaded` if too many pictures are waiting.
        """
        if not len(images):
            return []
        temperatures = temperatures or {}
        outputs = await self.engine.infer(images, place=place)
        if all(self._quick(name, temperature) for name, temperature in temperatures.items()):
            return self.judge(outputs, temperatures, coverage)
        # Looking up any other temperature may take milliseconds, which would block the event loop.
        return await asyncio.to_thread(self.judge, outputs, temperatures, coverage)

    def _quick(self, name: str, temperature: float) -> bool:
        lookup = self.evidence.lookups.get(name)
        return lookup is None or lookup.knows(temperature)

    def judge(
        self, outputs: Outputs, temperatures: Temperatures, coverage: float | None = None
    ) -> list[Comparison]:
        """One comparison for each picture, from the engine's `outputs`.

        With `coverage`, a level of the evidence's thresholds, each answer has a prediction set. It
        is always the set at T = 1, for which the thresholds were worked out.
        """
        verdicts = [
            self._verdicts(name, outputs[name], temperatures.get(name, 1.0)) for name in NAMES
        ]
        if coverage is not None:
            for name, of_model in zip(NAMES, verdicts, strict=True):
                threshold = self.evidence.thresholds[name][coverage]
                sets = class_names(outputs[name]["logits"], threshold)
                for verdict, members in zip(of_model, sets, strict=True):
                    verdict.prediction_set = members
        unusual = self._unusual(outputs)
        known = self.evidence.unlike_the_data
        return [
            Comparison(dict(zip(NAMES, both, strict=True)), odd, known if odd else None)
            for odd, *both in zip(unusual, *verdicts, strict=True)
        ]

    def _unusual(self, outputs: Outputs) -> list[bool] | list[None]:
        known = self.evidence.unlike_the_data
        pictures = len(outputs[NAMES[0]]["logits"])
        if known is None:
            return [None] * pictures
        unusual = [False] * pictures
        for name, least in known.least_energy.items():
            # Lists, here and below, because they are faster than NumPy for a few pictures.
            rows = outputs[name]["logits"].tolist()
            unusual = [odd or energy(row) < least for odd, row in zip(unusual, rows, strict=True)]
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
            # Probabilities in float32 can be slightly above 1.
            found = lookup.at(min(sure, 1.0), temperature) if lookup else None
            verdicts.append(Verdict(row, CLASSES[row.index(sure)], sure, temperature, found))
        return verdicts


def milliseconds_since(started: float) -> float:
    """The milliseconds since `started`, a `time.perf_counter()` value, with two decimals."""
    return round(1000 * (time.perf_counter() - started), 2)
