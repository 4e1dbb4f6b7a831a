"""Where the evidence at a temperature is looked up: never on the event loop if it takes time."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from contract.calibration.lookup import Lookup, _Bins
from contract.twins import NAMES
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from serve.inference.evidence import Evidence
from tests.serve.in_process import pair


class Noting(Lookup):
    """A lookup that notes in which thread it makes bins."""

    made_in: tuple[threading.Thread, ...] = ()

    def _made(self, temperature: float) -> _Bins:
        self.made_in = (*self.made_in, threading.current_thread())
        return super()._made(temperature)


@pytest.mark.parametrize("temperature", [None, 1.0, 1.5, 3.25])
def test_a_temperature_is_looked_up_beside_the_event_loop(temperature: float | None) -> None:
    logits = np.random.default_rng(0).normal(size=(200, 10)).astype(np.float32)
    lookups = {name: Noting(logits, np.zeros(200, int), (1.0, 1.5)) for name in NAMES}
    for lookup in lookups.values():
        lookup.made_in = ()
    engine = Engine(pair())
    asked = {} if temperature is None else dict.fromkeys(NAMES, temperature)
    picture = np.zeros((1, 32, 32, 3), np.uint8)
    (found,) = asyncio.run(Comparer(engine, Evidence(lookups)).compare(picture, asked))
    assert found.models["hard"].reliability is not None
    for lookup in lookups.values():
        assert len(lookup.made_in) == (temperature == 3.25)
        assert threading.current_thread() not in lookup.made_in
    engine.close()
