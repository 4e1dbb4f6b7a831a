from __future__ import annotations

import threading

import pytest

from serve.pictures.lanes import Lanes


def test_the_quick_lane_goes_first_and_what_was_cancelled_is_left_out() -> None:
    gate, done = threading.Event(), []

    def work(given: str) -> str:
        assert gate.wait(10)
        done.append(given)
        return given.upper()

    lanes = Lanes(work, 1, "test")
    first = lanes.submit("first", quick=False)
    while not first.running():
        pass
    others = [lanes.submit(f"other {i}", quick=False) for i in range(3)]
    quick = lanes.submit("quick", quick=True)
    others[1].cancel()
    gate.set()
    assert quick.result(10) == "QUICK"
    assert [others[0].result(10), others[2].result(10)] == ["OTHER 0", "OTHER 2"]
    assert done == ["first", "quick", "other 0", "other 2"]


def test_an_error_is_for_whoever_asked_and_the_thread_goes_on() -> None:
    lanes = Lanes(int, 1, "test")
    with pytest.raises(ValueError, match="invalid literal"):
        lanes.submit("x", quick=True).result(10)
    assert lanes.submit("7", quick=True).result(10) == 7
