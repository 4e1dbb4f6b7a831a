"""`make bench`: measures this server, its peers and the ceiling in one run on one machine.

It prints tables, the ratios that matter, and a last line of JSON. It uses only loopback, and ends
by itself. Every round measures everything, and the medians over rounds count, because the speed of
a machine varies.
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
from functools import partial

from benchmarks import calm, ceiling, instant, wrk
from benchmarks.ceiling import Ceiling
from harness import pictures, servers
from harness.servers import (
    CLUSTER,
    FASTAPI,
    INT8,
    LITSERVE,
    REST,
    WITH_PAGE,
    WORKERS,
    Kind,
    Server,
    running,
)

CLIENTS = (1, 8, 32)
PEERS = (FASTAPI, LITSERVE)


@dataclass
class Figures:
    """The figures of one server. Dictionaries are by number of clients."""

    rate: dict[int, float] = field(default_factory=dict)
    """Requests a second."""
    p50: dict[int, float] = field(default_factory=dict)
    p99: dict[int, float] = field(default_factory=dict)
    """Latencies in milliseconds, like `p50`."""
    cpu_milliseconds: float = 0.0
    """The CPU time of all its processes for one request, at the largest number of clients."""
    peak_mebibytes: float = 0.0
    first_answer: float = 0.0
    """The seconds from the start of the process to the first answer."""
    stolen: float = 0.0
    """The largest share of the CPU that the machine's host took away during a load."""


@dataclass
class Round:
    """The figures of one round, measured in succession, so that they can be compared."""

    servers: dict[str, Figures]
    """The figures of each server by name."""
    ceiling: dict[int, Ceiling]
    """The ceiling by batch size."""
    alone: float
    """The milliseconds that both models alone need for one picture."""

    @property
    def top(self) -> Ceiling:
        """The ceiling with the highest rate."""
        return max(self.ceiling.values(), key=lambda c: c.rate)


def main() -> None:
    """Run all rounds and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="duration of each load (default: 3)")
    parser.add_argument("--rounds", type=int, default=5, help="number of rounds (default: 5)")
    options = parser.parse_args()
    if not servers.PEERS_PYTHON.exists():
        sys.exit("bench: the peers are not installed; run `make bench`, which installs them")
    if not servers.CLUSTER_PYTHON.exists():
        sys.exit("bench: Ray is not installed; run `make bench`, which installs it")
    (picture,) = pictures.of_the_gallery(1)
    rounds = []
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}")
        rounds.append(_round(picture, options.seconds))
    _say("a 12-megapixel photo, and the start of the complete application")
    photo = _photo_milliseconds(picture)
    late = statistics.median(_start_of_the_page(picture) for _ in range(options.rounds))
    _say("models that answer at once")
    at_once = [
        instant.rate(kind, picture, options.seconds)
        for kind in (instant.INSTANT, instant.INSTANT_CLUSTER)
    ]
    _print(rounds, _ratios(rounds, photo, late, at_once))
    stolen = max(figures.stolen for r in rounds for figures in r.servers.values())
    _say(f"the machine's host took at most {stolen:.1%} of the CPU away during a load")


def _round(picture: bytes, seconds: int) -> Round:
    # The ceiling is measured right after our own full load, because a machine's speed varies.
    ours = _figures(REST, picture, seconds)
    top = {}
    for batch in (1, 8):
        top[batch], _ = calm.measured(partial(ceiling.measure, picture, batch, seconds))
    alone = ceiling.latency(picture)
    kinds = (INT8, WORKERS, CLUSTER, *PEERS)
    others = {kind.name: _figures(kind, picture, seconds) for kind in kinds}
    return Round({REST.name: ours, **others}, top, alone)


def _figures(kind: Kind, picture: bytes, seconds: int) -> Figures:
    found = Figures()
    with running(kind, picture=picture) as server:
        found.first_answer = server.first_answer
        wrk.load(server.endpoint, picture, 8, 2)
        for clients in CLIENTS:
            (load, cpu), stolen = calm.measured(partial(_load, server, picture, clients, seconds))
            found.rate[clients] = load.rate
            found.p50[clients], found.p99[clients] = load.p50, load.p99
            found.cpu_milliseconds = 1000 * cpu / load.requests
            found.stolen = max(found.stolen, stolen)
        found.peak_mebibytes = server.peak_memory() / 2**20
    return found


def _load(server: Server, picture: bytes, clients: int, seconds: int) -> tuple[wrk.Load, float]:
    """The result of a load, and the CPU seconds that the server used for it."""
    before = server.cpu_seconds()
    load = wrk.load(server.endpoint, picture, clients, seconds)
    return load, server.cpu_seconds() - before


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
        stolen=max(f.stolen for f in rounds),
    )


def _photo_milliseconds(picture: bytes) -> float:
    """The p50 in milliseconds of a 12-megapixel baseline JPEG with one client."""
    with running(REST, picture=picture) as server:
        return wrk.load(server.endpoint, pictures.photo(), 1, 5).p50


def _start_of_the_page(picture: bytes) -> float:
    """The seconds to the page's first answer, minus those of importing Gradio alone."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    bare = time.perf_counter() - started
    with running(WITH_PAGE, picture=picture) as server:
        return server.first_answer - bare


def _ratios(
    rounds: list[Round], photo: float, late: float, at_once: list[float]
) -> dict[str, float]:
    """The ratios and figures by name. Ratios are medians over rounds of each round's ratio."""
    most = CLIENTS[-1]

    def middle(of: Callable[[Figures, list[Figures], Round], float]) -> float:
        return statistics.median(
            of(r.servers[REST.name], [r.servers[kind.name] for kind in PEERS], r) for r in rounds
        )

    return {
        "rate at 32 clients / ceiling": middle(lambda o, _, r: o.rate[most] / r.top.rate),
        "rate at 32 clients / best peer": middle(
            lambda o, peers, _: o.rate[most] / max(p.rate[most] for p in peers)
        ),
        "CPU ms a request above ONNX Runtime's": middle(
            lambda o, _, r: o.cpu_milliseconds - r.top.cpu_milliseconds
        ),
        "p99 / p50 at 32 clients": middle(lambda o, *_: o.p99[most] / o.p50[most]),
        "best peer's p50 / ours at 1 client": middle(
            lambda o, peers, _: min(p.p50[1] for p in peers) / o.p50[1]
        ),
        "p50 at 1 client / ONNX Runtime alone": middle(lambda o, _, r: o.p50[1] / r.alone),
        "INT8 / fp32, rate at 32 clients": middle(
            lambda o, _, r: r.servers[INT8.name].rate[most] / o.rate[most]
        ),
        "2 workers / one process, rate at 32 clients": middle(
            lambda o, _, r: r.servers[WORKERS.name].rate[most] / o.rate[most]
        ),
        "Ray Serve / single process, rate at 32 clients": middle(
            lambda o, _, r: r.servers[CLUSTER.name].rate[most] / o.rate[most]
        ),
        "models that answer at once, requests/s": at_once[0],
        "the same on Ray Serve, requests/s": at_once[1],
        "12-megapixel JPEG, p50 ms": photo,
        "REST's first answer, s": middle(lambda o, *_: o.first_answer),
        "page's first answer after import gradio would have ended, s": late,
    }


def _print(rounds: list[Round], ratios: dict[str, float]) -> None:
    names = list(rounds[0].servers)
    figures = {name: _medians([r.servers[name] for r in rounds]) for name in names}
    print("\n| server | clients | requests/s | p50 ms | p99 ms |\n|---|---:|---:|---:|---:|")
    for name, f in figures.items():
        for c in CLIENTS:
            print(f"| {name} | {c} | {f.rate[c]:.0f} | {f.p50[c]:.1f} | {f.p99[c]:.1f} |")
    for batch in rounds[0].ceiling:
        rate = statistics.median(r.ceiling[batch].rate for r in rounds)
        print(f"| ONNX Runtime alone, batch {batch} | - | {rate:.0f} | - | - |")
    print("\n| server | CPU ms/request | peak MiB | first answer, s |\n|---|---:|---:|---:|")
    for name, f in figures.items():
        print(
            f"| {name} | {f.cpu_milliseconds:.2f} | {f.peak_mebibytes:.0f} | {f.first_answer:.2f} |"
        )
    cpu = statistics.median(r.top.cpu_milliseconds for r in rounds)
    print(f"| ONNX Runtime alone | {cpu:.2f} | - | - |\n")
    print("| ratio or figure | median of the rounds |\n|---|---:|")
    for what, value in ratios.items():
        print(f"| {what} | {value:.2f} |")
    print()
    print(
        json.dumps(
            {
                "machine": f"{os.cpu_count()} x {platform.processor() or platform.machine()}",
                "ratios": {k: round(v, 4) for k, v in ratios.items()},
                "rounds": [asdict(r) for r in rounds],
            }
        )
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
