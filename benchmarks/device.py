"""`python -m benchmarks.device`: the pair's pictures a second by batch size, on GPU or CPU.

It measures the models without HTTP and decoding, on a GPU if there is one. It prints the table of
benchmarks/README.md, with the ratios of bound to plain runs and of each batch size to single
pictures, and a last line of JSON.
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
"""The duration of a measurement, for each batch size in each round."""
Run = Callable[[onnxruntime.InferenceSession, NDArray[np.uint8]], list[NDArray[np.float32]]]


@dataclass(frozen=True)
class Row:
    """The figures of one batch size. Both models run at the same time, except on WebGPU.

    `plain` and `bound` are pictures a second, without and with IO binding.
    """

    batch: int
    first_milliseconds: float
    """The time of the first run of this batch size."""
    plain: float
    bound: float


def main() -> None:
    """Measure all batch sizes and print the table."""
    pair = runtime.load(COMMITTED, "auto")
    rows: list[Row] = []
    print("| batch | first run ms | plain, /s | bound, /s | bound / plain | bound / batch 1 |")
    print("|---:|---:|---:|---:|---:|---:|")
    # Two sessions of WebGPU must not run at the same time (serve.inference.runtime).
    together = 1 if pair.device.kind == "webgpu" else len(pair.sessions)
    with ThreadPoolExecutor(together) as threads:
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
