"""Runs the two models on the waiting pictures, each in threads of its own.

Under light load, both models run at the same time, each on a core of its own. Under heavy load, the
pictures that arrived while a model was busy become its next batch. So no request waits for a batch
to fill, and none runs alone where it could share a run. The number of waiting pictures is limited
(`serve.inference.room`), and small requests do not wait for large ones (`serve.inference.turns`).

Where there are more than two CPUs, each model has several threads, which run its one session at the
same time, a core each. A session that splits one run over several cores answers a single picture
sooner, but gives the cores less to do (docs/log.md).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np

from contract.twins import NAMES
from serve.errors import NotReady, Overloaded
from serve.inference.room import SECONDS_TO_RETRY, Place, Room
from serve.inference.runtime import LoadedPair
from serve.inference.turns import Images, Job, Output, Outputs, Slice, Turns

__all__ = ["LARGEST_BATCH", "SECONDS_TO_RETRY", "Engine", "Images", "Outputs", "Place"]

log = logging.getLogger("twinlabel")

# On a CPU, larger batches are no faster, and the requests in them wait longer. On WebGPU none was
# measured, so it has as many.
LARGEST_BATCH = {"cpu": 8, "webgpu": 8, "cuda": 256}
# How often a large request looks for room before it is refused.
_TRIES = 20


class Engine:
    """Runs both models on pictures from any thread or event loop.

    A request is refused at once with `Overloaded` if `most_waiting` pictures wait in requests no
    larger than itself. `on_batch` is called before each run with the model's name and the batch
    size. `threads` are those of both models together; on a GPU each model has one.
    """

    def __init__(
        self,
        pair: LoadedPair,
        most_waiting: int = 256,
        on_batch: Callable[[str, int], None] | None = None,
        threads: int = len(NAMES),
    ) -> None:
        self.pair = pair
        self._on_batch = on_batch
        self.largest_batch = LARGEST_BATCH[pair.device.kind]
        """The largest number of pictures in a run that several requests share."""
        self._room = Room(most_waiting)
        self._lock = threading.Lock()
        self._wake = {name: threading.Condition(self._lock) for name in NAMES}
        self._turns = {name: Turns(self.largest_batch) for name in NAMES}
        each = max(1, threads // len(NAMES)) if pair.device.kind == "cpu" else 1
        self._idle = dict.fromkeys(NAMES, 0)
        """Threads of each model that wait for pictures. The lock guards it."""
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, args=(name,), name=f"twin-{name}", daemon=True)
            for name in NAMES
            for _ in range(each)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def under_way(self) -> int:
        """The number of pictures that were accepted and are not answered yet."""
        return self._room.taken

    async def room_for(self, pictures: int, client: str = "") -> Place:
        """A place for a request of `pictures` pictures, to be taken before its body is decoded.

        `client` is whoever sends it, by address; clients get equal shares of room and turns.

        Whoever takes it must leave it. If there is no room, a request of several pictures waits for
        a while. Refused at once, a client that does not pause would keep the server busy with
        reading what it then refuses. Raises `Overloaded`.
        """
        for _ in range(_TRIES if pictures > 1 else 0):
            try:
                return Place(self._room, pictures, client=client)
            except Overloaded:
                await asyncio.sleep(SECONDS_TO_RETRY / _TRIES)
        return Place(self._room, pictures, client=client)

    async def infer(
        self, images: Images, names: tuple[str, ...] = NAMES, place: Place | None = None
    ) -> Outputs:
        """The outputs of the models `names` for uint8 pictures `[n, 32, 32, 3]`.

        `place` is the one that the request holds already; without it, one is taken here. If the
        task is cancelled or the place abandoned, what has not been run yet never is. Raises
        `Overloaded` if too many pictures are waiting, and `NotReady` after `close`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outputs] = loop.create_future()
        job = Job(images, names, loop, future, "" if place is None else place.client)
        if place is not None:
            place.hold(len(images))
            if place.abandoned:
                raise asyncio.CancelledError
            place.waits_for = future
            self._bring(job)
            return await future
        own = Place(self._room, len(images))
        try:
            self._bring(job)
            return await future
        finally:
            own.leave()

    def infer_blocking(
        self,
        images: Images,
        names: tuple[str, ...] = NAMES,
        bounded: bool = True,
        client: str = "",
    ) -> Outputs:
        """The same as `infer`, for a thread that may block; `Overloaded` only if `bounded`."""
        future: Future[Outputs] = Future()
        with Place(self._room, len(images), bounded, client):
            self._bring(Job(images, names, None, future, client))
            return future.result()

    def close(self) -> None:
        """Answer all waiting pictures, then end the threads."""
        with self._lock:
            self._closed = True
            for condition in self._wake.values():
                condition.notify_all()
        for thread in self._threads:
            thread.join()

    def _bring(self, job: Job) -> None:
        with self._lock:
            if self._closed:
                raise NotReady("the server is stopping; send the request again later")
            for name in job.names:
                if self._turns[name].add(job):  # otherwise its thread is at work or woken already
                    self._wake[name].notify()

    def _work(self, name: str) -> None:
        turns = self._turns[name]
        while True:
            with self._lock:
                while not turns:
                    if self._closed:
                        return
                    self._idle[name] += 1
                    self._wake[name].wait()
                    self._idle[name] -= 1
                idle = self._idle[name]
                slices = turns.take(1 + idle)
                if turns and idle:
                    self._wake[name].notify()
            if not slices:  # everybody who waited has gone
                continue
            try:
                outputs = self._run(name, slices)
            except Exception as error:
                # One line: whoever waits raises the error again, and has its traceback.
                reason = (str(error).strip() or type(error).__name__).splitlines()[0]
                log.error("%s failed on %d requests: %s", name, len(slices), reason)
                self._fail(slices, error)
            else:
                self._finish(name, slices, outputs)

    def _run(self, name: str, slices: list[Slice]) -> Output:
        parts = [
            job.images if stop - start == len(job.images) else job.images[start:stop]
            for job, start, stop in slices
        ]
        images = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if self._on_batch is not None:
            self._on_batch(name, len(images))
        return self.pair.infer(name, images)

    def _finish(self, name: str, slices: list[Slice], outputs: Output) -> None:
        through: list[Job] = []
        first = 0
        with self._lock:
            for job, start, stop in slices:
                last = first + stop - start
                if job.add(name, {k: v[first:last] for k, v in outputs.items()}, start, stop):
                    through.append(job)
                first = last
        _tell(through)

    def _fail(self, slices: list[Slice], error: Exception) -> None:
        with self._lock:
            failed = [job for job, _, _ in slices if job.fail(error)]
        _tell(failed)


def _tell(jobs: list[Job]) -> None:
    """Resolve the futures of finished jobs; wake each event loop once, because waking it costs."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        if job.loop is None:
            job.resolve()
        elif (theirs := by_loop.get(job.loop)) is None:
            by_loop[job.loop] = [job]
        else:
            theirs.append(job)
    for loop, theirs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, theirs)
        except RuntimeError:  # the loop is closed: nobody waits any more
            log.debug("%d answers came after the server had ended", len(theirs))


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        job.resolve()
