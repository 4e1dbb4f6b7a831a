"""`make bench`: this server, its peers and the ceiling, in one run on one machine.

Prints a table for people, the ratios that matter, and one JSON line last. Loopback only; ends by
itself. Rounds are interleaved and medians taken, because machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from benchmarks import ceiling, pictures, servers, wrk
from benchmarks.servers import FASTAPI, INT8, LITSERVE, OURS, WITH_PAGE, Kind, running

CLIENTS = (1, 8, 32)
PEERS = (FASTAPI, LITSERVE)


@dataclass
class Figures:
    """One server's medians over rounds, by number of clients."""

    rate: dict[int, float] = field(default_factory=dict)
    p50: dict[int, float] = field(default_factory=dict)
    p99: dict[int, float] = field(default_factory=dict)
    cpu_milliseconds: float = 0.0
    """Of all its processes, a request, at the most clients."""
    peak_mebibytes: float = 0.0
    first_answer: float = 0.0
    """Seconds from process start."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not servers.PEERS_PYTHON.exists():
        sys.exit("bench: the peers are not installed; `make bench` does it")
    (picture,) = pictures.of_the_gallery(1)
    kinds = (OURS, INT8, *PEERS)
    top: dict[int, list[ceiling.Ceiling]] = {1: [], 8: []}
    alone: list[float] = []
    raw: dict[str, list[Figures]] = {kind.name: [] for kind in kinds}
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}: ONNX Runtime alone")
        for batch, found in top.items():
            found.append(ceiling.measure(batch, options.seconds))
        alone.append(ceiling.latency())
        for kind in kinds:
            _say(f"round {number + 1} of {options.rounds}: {kind.name}")
            raw[kind.name].append(_round(kind, picture, options.seconds))
    figures = {name: _medians(rounds) for name, rounds in raw.items()}
    ceiling_rate = max(statistics.median(c.rate for c in found) for found in top.values())
    ceiling_cpu = min(
        statistics.median(c.cpu_milliseconds for c in found) for found in top.values()
    )
    _say("a photo of 12 megapixels; the start of the whole application")
    photo = _photo_milliseconds(picture)
    starts = [_start_of_the_page(picture) for _ in range(options.rounds)]
    _print(figures, top, alone, ceiling_rate, ceiling_cpu, photo, starts)


def _round(kind: Kind, picture: bytes, seconds: int) -> Figures:
    found = Figures()
    with running(kind, picture) as server:
        found.first_answer = server.first_answer
        wrk.load(server.url, picture, 8, 2)
        for clients in CLIENTS:
            before = server.cpu_seconds()
            load = wrk.load(server.url, picture, clients, seconds)
            found.rate[clients] = load.rate
            found.p50[clients], found.p99[clients] = load.p50, load.p99
            found.cpu_milliseconds = 1000 * (server.cpu_seconds() - before) / load.requests
        found.peak_mebibytes = server.peak_memory() / 2**20
    return found


def _medians(rounds: list[Figures]) -> Figures:
    def middle(of: Callable[[Figures], float]) -> float:
        return statistics.median(map(of, rounds))

    return Figures(
        rate={c: statistics.median(f.rate[c] for f in rounds) for c in CLIENTS},
        p50={c: statistics.median(f.p50[c] for f in rounds) for c in CLIENTS},
        p99={c: statistics.median(f.p99[c] for f in rounds) for c in CLIENTS},
        cpu_milliseconds=middle(lambda f: f.cpu_milliseconds),
        peak_mebibytes=middle(lambda f: f.peak_mebibytes),
        first_answer=middle(lambda f: f.first_answer),
    )


def _photo_milliseconds(picture: bytes) -> float:
    """p50 of a 12-megapixel baseline JPEG, one client."""
    with running(OURS, picture) as server:
        return wrk.load(server.url, pictures.photo(), 1, 5).p50


def _start_of_the_page(picture: bytes) -> tuple[float, float]:
    """Seconds from process start to the page's first answer, and to the end of `import gradio`."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    bare = time.perf_counter() - started
    with running(WITH_PAGE, picture) as server:
        return server.first_answer, bare


def _print(
    figures: dict[str, Figures],
    top: dict[int, list[ceiling.Ceiling]],
    alone: list[float],
    ceiling_rate: float,
    ceiling_cpu: float,
    photo: float,
    starts: list[tuple[float, float]],
) -> None:
    ours = figures[OURS.name]
    peers = [figures[kind.name] for kind in PEERS]
    print("\n| server | clients | requests/s | p50 ms | p99 ms |\n|---|---:|---:|---:|---:|")
    for name, f in figures.items():
        for c in CLIENTS:
            print(f"| {name} | {c} | {f.rate[c]:.0f} | {f.p50[c]:.1f} | {f.p99[c]:.1f} |")
    for batch, found in top.items():
        rate = statistics.median(c.rate for c in found)
        print(f"| ONNX Runtime alone, batch {batch} | - | {rate:.0f} | - | - |")
    print("\n| server | CPU ms/request | peak MiB | first answer, s |\n|---|---:|---:|---:|")
    for name, f in figures.items():
        print(
            f"| {name} | {f.cpu_milliseconds:.2f} | {f.peak_mebibytes:.0f} | {f.first_answer:.2f} |"
        )
    print(f"| ONNX Runtime alone | {ceiling_cpu:.2f} | - | - |\n")
    most = CLIENTS[-1]
    late = statistics.median(app - bare for app, bare in starts)
    ratios = {
        "rate at 32 clients / ceiling": ours.rate[most] / ceiling_rate,
        "rate at 32 clients / best peer": ours.rate[most] / max(p.rate[most] for p in peers),
        "CPU ms a request above ONNX Runtime's": ours.cpu_milliseconds - ceiling_cpu,
        "p99 / p50 at 32 clients": ours.p99[most] / ours.p50[most],
        "best peer's p50 / ours at 1 client": min(p.p50[1] for p in peers) / ours.p50[1],
        "p50 at 1 client / ONNX Runtime alone": ours.p50[1] / statistics.median(alone),
        "INT8 / fp32, rate at 32 clients": figures[INT8.name].rate[most] / ours.rate[most],
        "12-megapixel JPEG, p50 ms": photo,
        "REST's first answer, s": ours.first_answer,
        "page's first answer after import gradio would have ended, s": late,
    }
    for what, value in ratios.items():
        print(f"{what}: {value:.2f}")
    print(
        json.dumps(
            {
                "machine": f"{os.cpu_count()} x {platform.processor() or platform.machine()}",
                "ratios": {k: round(v, 4) for k, v in ratios.items()},
                "servers": {name: asdict(f) for name, f in figures.items()},
                "ceiling": {b: [asdict(c) for c in found] for b, found in top.items()},
            }
        )
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
