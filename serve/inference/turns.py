"""Which of the waiting pictures one model runs next.

Every request of one picture comes before all larger ones. Among them the clients take turns, so
that none waits for all that another has sent. Larger requests are cut into slices and take turns, a
slice each. They get a turn whenever no single picture waits, and in any case after
`SINGLES_IN_A_ROW` single ones, so that a stream of single pictures does not shut them out.

Where several threads run the model, those that are idle share what waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Output = dict[str, NDArray[np.float32]]
"""By output, `logits` or `probabilities`: float32 `[n, 10]`."""
Outputs = dict[str, Output]
"""By model and then by output."""

SINGLES_IN_A_ROW = 32
"""Single pictures that are run at most before a waiting larger request gets a turn."""
# A run cannot be interrupted, so what comes meanwhile waits for its end. While single pictures
# come, the runs of larger requests are this many times smaller, and while several clients send
# single ones, so are those of a client who sends many. It costs a CPU up to a tenth of its rate.
_SHORTER = 4
# For how many such runs after the last single picture: about a second on a CPU.
_RUNS_KEPT_SHORT = 400


class Job:
    """Pictures that wait for one or both models, and whom to tell when they are through."""

    __slots__ = ("_parts", "client", "error", "future", "images", "loop", "names", "outputs")

    def __init__(
        self,
        images: Images,
        names: tuple[str, ...],
        loop: asyncio.AbstractEventLoop | None,
        future: asyncio.Future[Outputs] | Future[Outputs],
        client: str = "",
    ) -> None:
        self.images = images
        self.client = client
        self.names = names
        self.loop = loop
        self.future = future
        self.outputs: Outputs = {}
        self.error: Exception | None = None
        self._parts: dict[str, dict[int, Output]] | None = None

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more: its client went away, or a run of it failed."""
        return self.error is not None or self.future.done()

    def add(self, name: str, part: Output, start: int, stop: int) -> bool:
        """Keep what a model gave for the pictures from `start` to `stop`, slices in any order.

        Whether the job is through now.
        """
        if self.error is not None:
            return False
        n = len(self.images)
        if stop - start < n:
            if self._parts is None:
                self._parts = {each: {} for each in self.names}
            parts = self._parts[name]
            parts[start] = part
            if sum(len(next(iter(each.values()))) for each in parts.values()) < n:
                return False
            ordered = [parts[first] for first in sorted(parts)]
            part = {output: np.concatenate([each[output] for each in ordered]) for output in part}
        self.outputs[name] = part
        return len(self.outputs) == len(self.names)

    def fail(self, error: Exception) -> bool:
        """Remember that a run failed. Whether it is the first failure."""
        first = self.error is None
        self.error = self.error or error
        return first

    def resolve(self) -> None:
        """Tell whoever waits."""
        if self.future.done():  # the client went away
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.outputs)


Slice = tuple[Job, int, int]
"""The pictures of a job from one index to another."""


class _ByClient:
    """Jobs that wait, of which each client has one taken in its turn."""

    def __init__(self) -> None:
        # The client at the front is the next one.
        self._jobs: dict[str, deque[Job]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def clients(self) -> int:
        """The number of clients that have a job waiting."""
        return len(self._jobs)

    def append(self, job: Job) -> None:
        self._count += 1
        theirs = self._jobs.get(job.client)
        if theirs is None:
            self._jobs[job.client] = deque((job,))
        else:
            theirs.append(job)

    def take(self) -> Job:
        self._count -= 1
        client = next(iter(self._jobs))
        theirs = self._jobs.pop(client)
        job = theirs.popleft()
        if theirs:
            self._jobs[client] = theirs
        return job


class Turns:
    """What waits for one model. Not safe for threads: the engine's lock guards it."""

    def __init__(self, largest_batch: int) -> None:
        self._largest = largest_batch
        self._single = _ByClient()
        self._large: deque[tuple[Job, int]] = deque()
        self._in_large = 0
        """Pictures that wait in larger requests."""
        self._in_a_row = 0
        self._runs_since_single = _RUNS_KEPT_SHORT
        self._runs_since_others = _RUNS_KEPT_SHORT
        """Runs of single pictures since several clients had some waiting."""

    def __bool__(self) -> bool:
        return bool(self._single or self._large)

    def add(self, job: Job) -> bool:
        """Queue all pictures of `job`. Whether nothing was queued before."""
        was_empty = not self._single and not self._large
        if len(job.images) == 1:
            self._single.append(job)
        else:
            self._large.append((job, 0))
            self._in_large += len(job.images)
        return was_empty

    def take(self, among: int = 1) -> list[Slice]:
        """The pictures of the next run. Empty if nobody waits for what was queued.

        `among` is how many threads could run what waits: the one that asks, and the idle ones.
        """
        if self._large and (not self._single or self._in_a_row >= SINGLES_IN_A_ROW):
            return self._take_large(among)
        return self._take_single(among)

    def _take_single(self, among: int) -> list[Slice]:
        taken: list[Slice] = []
        waiting = self._single
        room = min(self._largest_of_singles(), -(-len(waiting) // among))
        while waiting and room:
            job = waiting.take()
            if job.future.done():  # the client went away
                continue
            taken.append((job, 0, 1))
            room -= 1
        if self._large:
            self._in_a_row += len(taken)
        self._runs_since_single = 0
        return taken

    def _largest_of_singles(self) -> int:
        clients = self._single.clients
        self._runs_since_others = 0 if clients > 1 else self._runs_since_others + 1
        if self._runs_since_others >= _RUNS_KEPT_SHORT:
            return self._largest
        # One for each of them, but no run is shorter than those of larger requests are kept.
        return min(self._largest, max(clients, self._largest // _SHORTER))

    def _take_large(self, among: int) -> list[Slice]:
        taken: list[Slice] = []
        self._in_a_row = 0
        room = self._largest
        if self._runs_since_single < _RUNS_KEPT_SHORT:
            self._runs_since_single += 1
            room = max(1, room // _SHORTER)
        room = min(room, -(-self._in_large // among))
        while self._large and room:
            job, start = self._large.popleft()
            if job.over:
                self._in_large -= len(job.images) - start
                continue
            stop = min(start + room, len(job.images))
            taken.append((job, start, stop))
            room -= stop - start
            self._in_large -= stop - start
            if stop < len(job.images):
                # This fills the run, so the job cannot come twice in it.
                self._large.append((job, stop))
        return taken
