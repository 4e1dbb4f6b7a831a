"""`python -m benchmarks.device`: pictures a second of the pair by batch size, where it runs.

No HTTP and no decoding: what the device can give, for the table in benchmarks/README.md. A GPU is
used where there is one. Prints the table, with the ratio of bound to plain runs and of each size
to single pictures, and one JSON line last.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from contract.cifar10 import PICTURE_SIZE
from harness.paths import COMMITTED
from serve.inference import runtime
from serve.inference.runtime import LoadedPair

BATCHES = tuple(2**power for power in range(11))
ROUNDS = 5
SECONDS = 0.5
"""Of a size, in a round."""
Run = Callable[[onnxruntime.InferenceSession, NDArray[np.uint8]], list[NDArray[np.float32]]]


@dataclass(frozen=True)
class Row:
    """Pictures a second, each answered by both twins at the same time."""

    batch: int
    first_milliseconds: float
    """Of the first run of this size."""
    plain: float
    bound: float


def main() -> None:
    pair = runtime.load(COMMITTED, "auto")
    rows: list[Row] = []
    print("| batch | first run ms | plain, /s | bound, /s | bound / plain | bound / batch 1 |")
    print("|---:|---:|---:|---:|---:|---:|")
    with ThreadPoolExecutor(len(pair.sessions)) as threads:
        for batch in BATCHES:
            row = _measured(pair, threads, batch)
            rows.append(row)
            print(
                f"| {batch} | {row.first_milliseconds:.1f} | {row.plain:.0f} | {row.bound:.0f} | "
                f"{row.bound / row.plain:.2f} | {row.bound / rows[0].bound:.2f} |",
                flush=True,
            )
    print(json.dumps({"provider": pair.device.provider, "rows": [asdict(row) for row in rows]}))


def _measured(pair: LoadedPair, threads: ThreadPoolExecutor, batch: int) -> Row:
    shape = (batch, PICTURE_SIZE, PICTURE_SIZE, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)

    def both(run: Run) -> None:
        list(threads.map(lambda session: run(session, images), pair.sessions.values()))

    started = time.perf_counter()
    both(runtime.infer_bound)
    first = 1000 * (time.perf_counter() - started)
    plain, bound = [], []
    for _ in range(ROUNDS):
        plain.append(batch * _runs_a_second(lambda: both(runtime.infer_plain)))
        bound.append(batch * _runs_a_second(lambda: both(runtime.infer_bound)))
    return Row(batch, first, statistics.median(plain), statistics.median(bound))


def _runs_a_second(run: Callable[[], None]) -> float:
    runs, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < SECONDS:
        run()
        runs += 1
    return runs / elapsed


if __name__ == "__main__":
    main()
