"""Threads with two lanes: what waits in the quick lane is taken before what waits in the other."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

# For how long one thread is left to the quick lane, and a core to the models, after a quick call.
SECONDS_RESERVED = 1.0
Given = TypeVar("Given")
Result = TypeVar("Result")


class Lanes(Generic[Given, Result]):
    """Calls `work` in up to `threads` threads, which start when the first call is made.

    A thread that has begun is not interrupted. So for a second after each quick call, the other
    lane leaves one of the threads alone.
    """

    def __init__(self, work: Callable[[Given], Result], threads: int, name: str) -> None:
        self._work = work
        self._left_to_start = threads
        self._most_others = max(1, threads - 1)
        self._others_running = 0
        self._reserved_until = 0.0
        self._name = name
        self._wake = threading.Condition()
        self._quick: deque[tuple[Future[Result], Given]] = deque()
        self._other: deque[tuple[Future[Result], Given]] = deque()

    def reserve(self) -> None:
        """Count as a quick call what is done without a thread."""
        self._reserved_until = time.monotonic() + SECONDS_RESERVED

    def submit(self, given: Given, *, quick: bool) -> Future[Result]:
        """Queue a call. One that is cancelled before its turn is not made."""
        future: Future[Result] = Future()
        if quick:
            self.reserve()
        with self._wake:
            (self._quick if quick else self._other).append((future, given))
            if self._left_to_start:
                self._left_to_start -= 1
                name = f"{self._name}-{self._left_to_start}"
                threading.Thread(target=self._run, name=name, daemon=True).start()
            self._wake.notify()
        return future

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (lane := self._next_lane()):
                    # It looks again, because the reservation ends without a word.
                    self._wake.wait(SECONDS_RESERVED / 4 if self._other else None)
                is_other = lane is self._other
                self._others_running += is_other
                future, given = lane.popleft()
            self._call(future, given)
            if is_other:
                with self._wake:
                    self._others_running -= 1
                    self._wake.notify()

    def _next_lane(self) -> deque[tuple[Future[Result], Given]] | None:
        """The lane whose turn it is; None or an empty one if there is nothing to do now."""
        if self._quick:
            return self._quick
        if self._others_running >= self._most_others and time.monotonic() < self._reserved_until:
            return None
        return self._other

    def _call(self, future: Future[Result], given: Given) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self._work(given))
        except BaseException as error:  # whoever waits must learn of it
            future.set_exception(error)
