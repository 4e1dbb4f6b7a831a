from __future__ import annotations

import os
import sys
import threading

import pytest

from serve.lanes import Lanes


class Held:
    """Work that says when it has started, and goes on when the gate opens."""

    def __init__(self) -> None:
        self.gate, self.started = threading.Event(), threading.Semaphore(0)

    def __call__(self, _given: int) -> None:
        self.started.release()
        assert self.gate.wait(10)


def test_a_quick_call_waits_for_no_other_and_what_was_cancelled_is_left_out() -> None:
    gate, done = threading.Event(), []

    def work(given: str) -> str:
        assert given == "quick" or gate.wait(10)
        done.append(given)
        return given.upper()

    lanes = Lanes(work, 1, "test")
    others = [lanes.submit(f"other {i}", quick=False) for i in range(3)]
    assert lanes.submit("quick", quick=True).result(10) == "QUICK"
    others[1].cancel()
    gate.set()
    assert [others[0].result(10), others[2].result(10)] == ["OTHER 0", "OTHER 2"]
    assert done == ["quick", "other 0", "other 2"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for each thread")
def test_the_other_lane_has_a_lower_priority_and_nobody_else() -> None:
    def niceness(_given: None) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    lanes = Lanes(niceness, 1, "test")
    before = niceness(None)
    assert lanes.submit(None, quick=False).result(10) == min(19, before + 10)
    assert lanes.submit(None, quick=True).result(10) == before
    assert niceness(None) == before


def test_an_error_is_for_whoever_asked_and_the_thread_goes_on() -> None:
    lanes = Lanes(int, 1, "test")
    with pytest.raises(ValueError, match="invalid literal"):
        lanes.submit("x", quick=True).result(10)
    assert lanes.submit("7", quick=True).result(10) == 7


def test_after_a_quick_call_one_thread_is_left_alone_for_a_second() -> None:
    held = Held()
    lanes = Lanes(held, 2, "test")
    lanes.reserve()
    others = [lanes.submit(i, quick=False) for i in range(2)]
    assert held.started.acquire(timeout=5)
    assert not held.started.acquire(timeout=0.3)
    quick = lanes.submit(0, quick=True)
    assert held.started.acquire(timeout=0.5)
    held.gate.set()
    for future in (*others, quick):
        future.result(10)


def test_without_quick_calls_the_other_lane_has_all_threads() -> None:
    both = threading.Barrier(2)
    lanes: Lanes[int, int] = Lanes(lambda _given: both.wait(10), 2, "test")
    for future in [lanes.submit(i, quick=False) for i in range(2)]:
        future.result(10)


def test_it_can_be_made_larger_after_it_has_started() -> None:
    held = Held()
    lanes = Lanes(held, 1, "test")
    futures = [lanes.submit(0, quick=False)]
    assert held.started.acquire(timeout=5)
    lanes.resize(3)
    futures += [lanes.submit(i, quick=False) for i in range(1, 5)]
    for _ in range(2):
        assert held.started.acquire(timeout=5)
    assert not held.started.acquire(timeout=0.3)
    held.gate.set()
    for future in futures:
        future.result(10)
