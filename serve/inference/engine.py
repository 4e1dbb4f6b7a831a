"""Runs the two models on the waiting pictures, each in a thread of its own.

Under light load, both models run at the same time, each on a core of its own. Under heavy load, the
pictures that arrived while a model was busy become its next batch. So no request waits for a batch
to fill, and none runs alone where it could share a run. The number of waiting pictures is limited.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contract.twins import NAMES
from serve.errors import NotReady, Overloaded
from serve.inference.runtime import LoadedPair

log = logging.getLogger("twinlabel")

Images = NDArray[np.uint8]
Outputs = dict[str, dict[str, NDArray[np.float32]]]
"""The outputs by model, and then by name, `logits` or `probabilities`: float32 `[n, 10]`."""

# On a CPU, larger batches are no faster, and the requests in them wait longer.
LARGEST_BATCH = {"cpu": 8, "cuda": 256}
SECONDS_TO_RETRY = 1


@dataclass
class _Job:
    """Pictures that wait for both models, and the future that gets their outputs."""

    images: Images
    names: tuple[str, ...]
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Outputs] | Future[Outputs]
    outputs: Outputs = field(default_factory=dict)
    error: Exception | None = None

    def resolve(self) -> None:
        if self.future.done():  # the client went away
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.outputs)


class Engine:
    """Runs both models on pictures from any thread or event loop.

    If `most_waiting` or more pictures are not answered yet, new ones are refused at once with
    `Overloaded`. `on_batch` is called before each run with the model's name and the batch size.
    """

    def __init__(
        self,
        pair: LoadedPair,
        most_waiting: int = 256,
        on_batch: Callable[[str, int], None] | None = None,
    ) -> None:
        self.pair = pair
        self._most_waiting = most_waiting
        self._on_batch = on_batch
        self.largest_batch = LARGEST_BATCH[pair.device.kind]
        """The largest number of pictures in a run that several requests share."""
        self._lock = threading.Lock()
        self._wake = {name: threading.Condition(self._lock) for name in NAMES}
        self._queues: dict[str, deque[_Job]] = {name: deque() for name in NAMES}
        self._under_way = 0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, args=(name,), name=f"twin-{name}", daemon=True)
            for name in NAMES
        ]
        for thread in self._threads:
            thread.start()

    @property
    def under_way(self) -> int:
        """The number of pictures that were accepted and are not answered yet."""
        return self._under_way

    async def infer(self, images: Images, names: tuple[str, ...] = NAMES) -> Outputs:
        """The outputs of the models `names` for uint8 pictures `[n, 32, 32, 3]`.

        Raises `Overloaded` if too many pictures are waiting, and `NotReady` after `close`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outputs] = loop.create_future()
        self._bring(_Job(images, names, loop, future))
        return await future

    def infer_blocking(
        self, images: Images, names: tuple[str, ...] = NAMES, bounded: bool = True
    ) -> Outputs:
        """The same as `infer`, for a thread that may block; `Overloaded` only if `bounded`."""
        future: Future[Outputs] = Future()
        self._bring(_Job(images, names, None, future), bounded)
        return future.result()

    def close(self) -> None:
        """Answer all waiting pictures, then end the threads."""
        with self._lock:
            self._closed = True
            for condition in self._wake.values():
                condition.notify_all()
        for thread in self._threads:
            thread.join()

    def _bring(self, job: _Job, bounded: bool = True) -> None:
        with self._lock:
            if self._closed:
                raise NotReady("the server is stopping; send the request again later")
            if bounded and self._under_way >= self._most_waiting:
                raise Overloaded(
                    f"{self._under_way} pictures are waiting, and the limit is "
                    f"{self._most_waiting}; try again in {SECONDS_TO_RETRY} s"
                )
            self._under_way += len(job.images)
            for name in job.names:
                self._queues[name].append(job)
                self._wake[name].notify()

    def _work(self, name: str) -> None:
        while True:
            with self._lock:
                while not self._queues[name]:
                    if self._closed:
                        return
                    self._wake[name].wait()
                jobs = self._take(self._queues[name])
            try:
                outputs = self._run(name, [job.images for job in jobs])
            except Exception as error:
                log.exception("%s failed on %d requests", name, len(jobs))
                self._finish(name, jobs, None, error)
            else:
                self._finish(name, jobs, outputs, None)

    def _take(self, queue: deque[_Job]) -> list[_Job]:
        """The first job, and the following ones that fit into the same run."""
        jobs = [queue.popleft()]
        size = len(jobs[0].images)
        while queue and size + len(queue[0].images) <= self.largest_batch:
            size += len(queue[0].images)
            jobs.append(queue.popleft())
        return jobs

    def _run(self, name: str, parts: list[Images]) -> dict[str, NDArray[np.float32]]:
        images = parts[0] if len(parts) == 1 else np.concatenate(parts)
        runs = []
        for start in range(0, len(images), self.largest_batch):
            batch = images[start : start + self.largest_batch]
            if self._on_batch is not None:
                self._on_batch(name, len(batch))
            runs.append(self.pair.infer(name, batch))
        if len(runs) == 1:
            return runs[0]
        return {output: np.concatenate([run[output] for run in runs]) for output in runs[0]}

    def _finish(
        self,
        name: str,
        jobs: list[_Job],
        outputs: dict[str, NDArray[np.float32]] | None,
        error: Exception | None,
    ) -> None:
        through: list[_Job] = []
        start = 0
        with self._lock:
            for job in jobs:
                stop = start + len(job.images)
                part = {} if outputs is None else {k: v[start:stop] for k, v in outputs.items()}
                job.outputs[name] = part
                job.error = job.error or error
                start = stop
                if len(job.outputs) == len(job.names):
                    self._under_way -= len(job.images)
                    through.append(job)
        _tell(through)


def _tell(jobs: list[_Job]) -> None:
    """Resolve the futures of finished jobs; wake each event loop once, because waking it costs."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        if job.loop is None:
            job.resolve()
        else:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, theirs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, theirs)
        except RuntimeError:  # the loop is closed: nobody waits any more
            log.debug("%d answers came after the server had ended", len(theirs))


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        job.resolve()
