"""Threads with two lanes: what waits in the quick lane is taken before what waits in the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


class Lanes(Generic[Given, Result]):
    """Calls `work` in up to `threads` threads, which start when the first call is made.

    A thread that has begun is not interrupted, so a call in the quick lane waits for one call in
    the other lane at most.
    """

    def __init__(self, work: Callable[[Given], Result], threads: int, name: str) -> None:
        self._work = work
        self._left_to_start = threads
        self._name = name
        self._wake = threading.Condition()
        self._quick: deque[tuple[Future[Result], Given]] = deque()
        self._other: deque[tuple[Future[Result], Given]] = deque()

    def submit(self, given: Given, *, quick: bool) -> Future[Result]:
        """Queue a call. One that is cancelled before its turn is not made."""
        future: Future[Result] = Future()
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
                while not self._quick and not self._other:
                    self._wake.wait()
                future, given = (self._quick or self._other).popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._work(given))
            except BaseException as error:  # whoever waits must learn of it
                future.set_exception(error)
