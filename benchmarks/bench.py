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
from functools import partial

from benchmarks import calm, ceiling, wrk
from benchmarks.ceiling import Ceiling
from harness import pictures, servers
from harness.servers import FASTAPI, INT8, LITSERVE, REST, WITH_PAGE, Kind, Server, running

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
    stolen: float = 0.0
    """The largest share of the CPU that the machine's host gave to others during a load."""


@dataclass
class Round:
    """All measured one after another, so that one round's figures may be compared."""

    servers: dict[str, Figures]
    ceiling: dict[int, Ceiling]
    """By pictures in a run."""
    alone: float
    """Milliseconds of both models on one picture, with nothing around them."""

    @property
    def top(self) -> Ceiling:
        return max(self.ceiling.values(), key=lambda c: c.rate)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not servers.PEERS_PYTHON.exists():
        sys.exit("bench: the peers are not installed; `make bench` does it")
    (picture,) = pictures.of_the_gallery(1)
    rounds = []
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}")
        rounds.append(_round(picture, options.seconds))
    _say("a photo of 12 megapixels; the start of the whole application")
    photo = _photo_milliseconds(picture)
    late = statistics.median(_start_of_the_page(picture) for _ in range(options.rounds))
    _print(rounds, _ratios(rounds, photo, late))
    stolen = max(figures.stolen for r in rounds for figures in r.servers.values())
    _say(f"at most {stolen:.1%} of the CPU was taken by the machine's host during a load")


def _round(picture: bytes, seconds: int) -> Round:
    # The ceiling comes right after our own full load: a shared machine is not the same for long.
    ours = _figures(REST, picture, seconds)
    top = {}
    for batch in (1, 8):
        top[batch], _ = calm.measured(partial(ceiling.measure, picture, batch, seconds))
    alone = ceiling.latency(picture)
    others = {kind.name: _figures(kind, picture, seconds) for kind in (INT8, *PEERS)}
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
    """And the seconds of CPU that it took the server."""
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
    """p50 of a 12-megapixel baseline JPEG, one client."""
    with running(REST, picture=picture) as server:
        return wrk.load(server.endpoint, pictures.photo(), 1, 5).p50


def _start_of_the_page(picture: bytes) -> float:
    """Seconds by which the page's first answer is later than the end of a bare import of Gradio."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    bare = time.perf_counter() - started
    with running(WITH_PAGE, picture=picture) as server:
        return server.first_answer - bare


def _ratios(rounds: list[Round], photo: float, late: float) -> dict[str, float]:
    """Of each round, and then their medians."""
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
