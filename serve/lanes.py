"""Threads in two lanes: calls that must be quick, and others, which give way to them."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

# For how long the other lane leaves one thread, and so a core, alone after a quick call.
SECONDS_RESERVED = 1.0
# On Linux each thread has a niceness of its own. This one has a tenth of the weight of the others
# where CPUs are scarce, and all that it wants where they are not.
_NICENESS = 10
Given = TypeVar("Given")
Result = TypeVar("Result")


class Lanes(Generic[Given, Result]):
    """Calls `work` in up to `threads` threads for each lane, which start when they are needed.

    A thread that has begun is not interrupted. So for a second after each quick call, the other
    lane uses one thread less (but at least one), and on Linux its threads have a lower priority
    than all others of the process.
    """

    def __init__(self, work: Callable[[Given], Result], threads: int, name: str) -> None:
        self._threads = threads
        self._reserved_until = 0.0
        self._quick = _Lane(work, f"{name}-quick", self._all, self._all)
        self._other = _Lane(work, f"{name}-other", self._all, self._most_others, _give_way)

    def resize(self, threads: int) -> None:
        """Use up to `threads` threads for each lane from now on."""
        self._threads = threads

    def reserve(self) -> None:
        """Count as a quick call what is done without a thread."""
        self._reserved_until = time.monotonic() + SECONDS_RESERVED

    def submit(self, given: Given, *, quick: bool) -> Future[Result]:
        """Queue a call. One that is cancelled before its turn is not made."""
        if quick:
            self.reserve()
        return (self._quick if quick else self._other).submit(given)

    def _all(self) -> int:
        return self._threads

    def _most_others(self) -> int:
        reserved = time.monotonic() < self._reserved_until
        return max(1, self._threads - reserved)


class _Lane(Generic[Given, Result]):
    """Calls in the order in which they come, in up to `threads()` threads.

    At most `most_running()` of them, which may be fewer for a while, run at a time.
    """

    def __init__(
        self,
        work: Callable[[Given], Result],
        name: str,
        threads: Callable[[], int],
        most_running: Callable[[], int],
        at_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._started = 0
        self._name = name
        self._threads = threads
        self._most_running = most_running
        self._at_start = at_start
        self._running = 0
        self._wake = threading.Condition()
        self._waiting: deque[tuple[Future[Result], Given]] = deque()

    def submit(self, given: Given) -> Future[Result]:
        future: Future[Result] = Future()
        with self._wake:
            self._waiting.append((future, given))
            if self._started < self._threads():
                name = f"{self._name}-{self._started}"
                self._started += 1
                threading.Thread(target=self._run, name=name, daemon=True).start()
            self._wake.notify()
        return future

    def _run(self) -> None:
        self._at_start()
        while True:
            with self._wake:
                while not self._waiting or self._running >= self._most_running():
                    # It looks again, because a reservation ends without a word.
                    self._wake.wait(SECONDS_RESERVED / 4 if self._waiting else None)
                self._running += 1
                future, given = self._waiting.popleft()
            self._call(future, given)
            with self._wake:
                self._running -= 1
                self._wake.notify()

    def _call(self, future: Future[Result], given: Given) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self._work(given))
        except BaseException as error:  # whoever waits must learn of it
            future.set_exception(error)
            # The error leads to this frame, which would lead to it again by way of the future.
            del future, given


def _give_way() -> None:
    """Lower the priority of this thread. Elsewhere than on Linux it would be the process's."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        current = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, max(current, min(19, current + _NICENESS)))
