"""The ceiling: the speed of ONNX Runtime alone on all cores, without HTTP and decoding."""

from __future__ import annotations

import os
import resource
import threading
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.peers import common


@dataclass(frozen=True)
class Ceiling:
    """The speed and CPU time of both models."""

    batch: int
    rate: float
    """Pictures a second, each answered by both models."""
    cpu_milliseconds: float
    """The CPU time of both models for one picture."""


def measure(picture: bytes, batch: int, seconds: float) -> Ceiling:
    """The ceiling with batches of `batch` copies of `picture`.

    Each core has a thread, and each thread runs both models.
    """
    models = [common.sessions() for _ in range(os.cpu_count() or 1)]
    images = np.stack([common.decode(picture)] * batch)
    for sessions in models:
        common.both(sessions, images)
    counts = [0] * len(models)
    stop = time.perf_counter() + seconds

    def work(index: int) -> None:
        while time.perf_counter() < stop:
            common.both(models[index], images)
            counts[index] += batch

    before, started = _cpu(), time.perf_counter()
    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(models))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(counts)
    return Ceiling(batch, total / (time.perf_counter() - started), 1000 * (_cpu() - before) / total)


def latency(picture: bytes, repeats: int = 300) -> float:
    """The median milliseconds of both models for one picture, at the same time in a thread each."""
    sessions = common.sessions()
    images = common.decode(picture)[np.newaxis]
    from concurrent.futures import ThreadPoolExecutor

    taken = []
    with ThreadPoolExecutor(2) as threads:
        for _ in range(repeats):
            started = time.perf_counter()
            list(
                threads.map(
                    lambda s: s.run(["probabilities"], {"images": images}), sessions.values()
                )
            )
            taken.append(time.perf_counter() - started)
    return 1000 * float(np.median(taken))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
