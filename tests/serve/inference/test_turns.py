"""The order in which waiting pictures are run, and which request is refused."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
import pytest

from serve.errors import Overloaded
from serve.inference.room import Place, Room
from serve.inference.turns import _RUNS_KEPT_SHORT, SINGLES_IN_A_ROW, Job, Turns


def job(n: int, client: str = "") -> Job:
    return Job(np.zeros((n, 32, 32, 3), np.uint8), ("hard",), None, Future(), client)


def queued(*jobs: Job) -> Turns:
    turns = Turns(8)
    for each in jobs:
        turns.add(each)
    return turns


def sizes(turns: Turns) -> list[int]:
    """The number of pictures in every run until nothing waits."""
    found = []
    while turns:
        found.append(sum(stop - start for _, start, stop in turns.take()))
    return found


def test_a_single_picture_waits_for_the_run_under_way_and_no_other() -> None:
    turns = queued(*(job(256) for _ in range(8)))
    turns.take()
    single = job(1)
    turns.add(single)
    assert turns.take() == [(single, 0, 1)]
    # While single pictures come, larger requests are run in shorter slices.
    assert {sum(b - a for _, a, b in turns.take()) for _ in range(_RUNS_KEPT_SHORT)} == {2}
    assert sum(b - a for _, a, b in turns.take()) == 8


def test_large_requests_take_turns_and_small_ones_among_them_share_a_run() -> None:
    first, second, third = job(20), job(3), job(20)
    turns = queued(first, second, third)
    runs = [turns.take() for _ in range(4)]
    assert runs[0] == [(first, 0, 8)]
    assert runs[1] == [(second, 0, 3), (third, 0, 5)]
    assert runs[2] == [(first, 8, 16)]
    assert runs[3] == [(third, 5, 13)]


def test_a_stream_of_single_pictures_does_not_shut_a_large_request_out() -> None:
    turns = queued(job(2), *(job(1) for _ in range(100)))
    runs = [turns.take() for _ in range(SINGLES_IN_A_ROW // 8 + 1)]
    assert [len(run) for run in runs] == [8] * (SINGLES_IN_A_ROW // 8) + [1]
    assert runs[-1][0][2] == 2


def test_waiting_single_pictures_share_a_run() -> None:
    assert sizes(queued(*(job(1) for _ in range(20)))) == [8, 8, 4]


def test_clients_with_single_pictures_take_turns() -> None:
    crowd, other, third = [job(1, "a") for _ in range(20)], job(1, "b"), job(1, "c")
    turns = queued(*crowd, other, third)
    # The one that came last is in the first run, and no run is longer than it must be.
    assert [each for each, _, _ in turns.take()] == [crowd[0], other, third]
    turns.add(job(1, "b"))
    assert [each.client for each, _, _ in turns.take()] == ["a", "b"]
    # For a while after that, a client who comes again finds a short run under way.
    assert len(turns.take()) == 2


def test_many_clients_fill_a_run() -> None:
    assert sizes(queued(*(job(1, str(client)) for client in range(20)))) == [8, 8, 4]


def test_a_client_alone_has_long_runs_again_after_a_while() -> None:
    turns = queued(job(1, "a"), job(1, "b"))
    turns.take()
    for _ in range(_RUNS_KEPT_SHORT):
        for _ in range(8):
            turns.add(job(1, "a"))
        assert len(turns.take()) in (2, 8)
        while turns:
            turns.take()
    for _ in range(8):
        turns.add(job(1, "a"))
    assert len(turns.take()) == 8


def test_what_nobody_waits_for_is_not_run() -> None:
    gone, stays, large = job(1), job(1), job(100)
    turns = queued(gone, stays, large)
    gone.future.cancel()
    large.future.cancel()
    assert turns.take() == [(stays, 0, 1)]
    assert turns.take() == []
    assert not turns


def test_room_is_taken_from_the_large_and_never_from_the_small() -> None:
    room = Room(256)
    with Place(room, 256):  # leaves no room for another of its size
        with pytest.raises(Overloaded, match="256 pictures are waiting, and the limit is 256"):
            Place(room, 256)
        with Place(room, 128), Place(room, 2), Place(room, 1):
            assert room.taken == 387
    singles = [Place(room, 1) for _ in range(256)]
    with pytest.raises(Overloaded, match="256 pictures are waiting"):
        Place(room, 1)
    with pytest.raises(Overloaded):
        Place(room, 2)
    for place in singles:
        place.leave()
    assert room.taken == 0


def test_no_client_takes_the_room_of_the_next() -> None:
    room = Room(8)
    first = [Place(room, 1, client="a") for _ in range(8)]
    with pytest.raises(Overloaded, match="8 pictures are waiting, and the limit is 8"):
        Place(room, 1, client="a")
    second = [Place(room, 1, client="b") for _ in range(4)]
    with pytest.raises(Overloaded, match="4 pictures are waiting, and the limit is 4"):
        Place(room, 1, client="b")
    for place in (*first, *second):
        place.leave()
    assert (room.taken, room.singles) == (0, {})


def test_a_request_that_brings_more_than_it_said_is_counted_again() -> None:
    room = Room(4)
    with Place(room, 8), Place(room, 1) as small:
        small.hold(1)
        with pytest.raises(Overloaded):
            small.hold(8)
        assert room.taken == 9
    with Place(room, 1) as small:
        small.hold(8)
        assert room.taken == 8
    assert room.taken == 0


def test_what_waits_is_shared_among_idle_threads() -> None:
    singles = queued(*(job(1, client) for client in "abcde"))
    assert [len(singles.take(among)) for among in (3, 2, 1)] == [2, 2, 1]
    large = queued(job(7), job(2))
    assert [sum(b - a for _, a, b in large.take(among)) for among in (4, 3, 2, 1)] == [3, 2, 2, 2]


def test_slices_come_back_in_any_order() -> None:
    whole = job(5)
    logits = np.arange(50, dtype=np.float32).reshape(5, 10)
    slices = [(3, 5), (0, 2), (2, 3)]
    through = [whole.add("hard", {"logits": logits[a:b]}, a, b) for a, b in slices]
    assert through == [False, False, True]
    assert np.array_equal(whole.outputs["hard"]["logits"], logits)
