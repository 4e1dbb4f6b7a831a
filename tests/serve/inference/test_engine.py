"""The engine under many askers: each gets the answers to their own pictures, or a refusal."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.twins import NAMES
from harness.pictures import Pictures
from serve.errors import NotReady, Overloaded
from serve.inference import runtime
from serve.inference.compare import Comparer
from serve.inference.engine import LARGEST_BATCH, Engine
from serve.inference.runtime import LoadedPair
from tests.conftest import Published


@pytest.fixture(scope="module")
def pair(tiny_pair: Published) -> LoadedPair:
    return runtime.load(tiny_pair.folder, "cpu")


@pytest.fixture
def runs() -> list[tuple[str, int]]:
    return []


@pytest.fixture(params=[2, 8])
def threads(request: pytest.FixtureRequest) -> int:
    """Threads of both models together."""
    count: int = request.param
    return count


@pytest.fixture
def engine(pair: LoadedPair, runs: list[tuple[str, int]], threads: int) -> Iterator[Engine]:
    made = Engine(pair, 10_000, on_batch=lambda name, n: runs.append((name, n)), threads=threads)
    yield made
    made.close()


class Held(LoadedPair):
    """A real pair whose runs wait until they are let go."""

    gate = threading.Event()

    def infer(self, name: str, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        assert self.gate.wait(30)
        return super().infer(name, images)


@pytest.fixture
def held(pair: LoadedPair) -> Iterator[Held]:
    Held.gate.clear()
    yield Held(pair.manifest, pair.device, pair.sessions, pair.manifest)
    Held.gate.set()


def test_each_gets_the_answer_to_their_own_picture(
    engine: Engine, pair: LoadedPair, test_pictures: Pictures, runs: list[tuple[str, int]]
) -> None:
    images = test_pictures[:300]
    alone = {name: pair.infer(name, images) for name in NAMES}

    async def ask_all() -> list[Any]:
        return await asyncio.gather(*(engine.infer(images[i : i + 1]) for i in range(300)))

    with ThreadPoolExecutor(8) as threads:
        blocking = threads.map(engine.infer_blocking, (images[i : i + 1] for i in range(300)))
        for answers in (asyncio.run(ask_all()), list(blocking)):
            for name in NAMES:
                for output, expected in alone[name].items():
                    found = np.concatenate([answer[name][output] for answer in answers])
                    assert np.abs(found - expected).max() < 1e-4
    assert sum(n for name, n in runs if name == "hard") == 600
    sizes = [n for _, n in runs]
    assert max(sizes) <= LARGEST_BATCH["cpu"]
    assert max(sizes) > 1  # what waited shared a run
    assert engine.under_way == 0


def test_a_large_request_is_run_in_slices(
    engine: Engine, pair: LoadedPair, test_pictures: Pictures, runs: list[tuple[str, int]]
) -> None:
    images = test_pictures[:100]
    found = engine.infer_blocking(images, ("smoothed",))
    assert list(found) == ["smoothed"]
    expected = pair.infer("smoothed", images)["logits"]
    assert np.abs(found["smoothed"]["logits"] - expected).max() < 1e-4
    assert {name for name, _ in runs} == {"smoothed"}
    assert sum(n for _, n in runs) == 100
    assert max(n for _, n in runs) == LARGEST_BATCH["cpu"]


def test_idle_threads_share_what_waits(held: Held, test_pictures: Pictures) -> None:
    """Eight pictures for four threads: all of them run at the same time, two each."""
    runs: list[tuple[str, int]] = []
    engine = Engine(held, on_batch=lambda name, n: runs.append((name, n)), threads=8)
    images = test_pictures[:8]
    with ThreadPoolExecutor(1) as caller:
        asked = caller.submit(engine.infer_blocking, images, ("hard",))
        deadline = time.monotonic() + 30
        while len(runs) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert runs == [("hard", 2)] * 4  # nobody has been let go so far
        held.gate.set()
        found = asked.result(timeout=30)["hard"]["logits"]
    assert np.abs(found - held.infer("hard", images)["logits"]).max() < 1e-4
    engine.close()


def test_past_the_bound_it_refuses_at_once_and_goes_on(held: Held, test_pictures: Pictures) -> None:
    engine = Engine(held, most_waiting=3)
    images = test_pictures[:1]

    async def ask() -> None:
        waiting = [asyncio.ensure_future(engine.infer(images)) for _ in range(3)]
        await asyncio.sleep(0)
        assert engine.under_way == 3
        with pytest.raises(Overloaded, match="3 pictures are waiting, and the limit is 3"):
            await engine.infer(images)
        held.gate.set()
        assert len(await asyncio.gather(*waiting)) == 3
        await engine.infer(images)

    asyncio.run(ask())
    engine.close()
    assert engine.under_way == 0


def test_one_that_gives_up_does_not_disturb_the_others(held: Held, test_pictures: Pictures) -> None:
    engine = Engine(held)
    images = test_pictures[:1]

    async def ask() -> None:
        gone, stays = (asyncio.ensure_future(engine.infer(images)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        held.gate.set()
        assert set(await stays) == set(NAMES)

    asyncio.run(ask())
    engine.close()
    assert engine.under_way == 0


def test_a_failing_run_fails_its_own_requests_alone(
    pair: LoadedPair, test_pictures: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine(replace(pair))
    good = test_pictures[:1]
    with pytest.raises(Exception, match=r"(?i)invalid"):
        engine.infer_blocking(good.astype(np.float32))
    assert "failed on 1 requests" in caplog.text
    assert set(engine.infer_blocking(good)) == set(NAMES)
    engine.close()
    assert engine.under_way == 0


def test_a_full_queue_does_not_refuse_the_warm_up(held: Held, test_pictures: Pictures) -> None:
    engine = Engine(held, most_waiting=1)
    comparer = Comparer(engine)
    images = test_pictures[:1]
    with ThreadPoolExecutor(2) as threads:
        threads.submit(engine.infer_blocking, images)
        while engine.under_way < 1:
            time.sleep(0.01)
        warming = threads.submit(comparer.warm_up)
        held.gate.set()
        warming.result(timeout=30)
    assert comparer.ready
    engine.close()
    with pytest.raises(NotReady, match="the server is stopping"):
        engine.infer_blocking(images)
