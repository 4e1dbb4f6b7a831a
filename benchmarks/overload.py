"""Overload: with too many clients, every request must be answered correctly or refused.

200 clients send 10,000 requests to the complete application. Each answer is compared with that of
ONNX Runtime alone, and the page is opened once a second meanwhile. The exit status is 1 if an
answer is wrong or lost, the page does not open, or the server is not healthy afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import sys
import time

import httpx
import numpy as np

from benchmarks.peers import common
from harness.pictures import of_the_gallery
from harness.servers import BINARY, WITH_PAGE, running

TOLERANCE = 1e-5
"""The allowed difference of a probability, because another batch size may round differently."""


def main() -> None:
    """Send the requests and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="in total (default: 10000)")
    parser.add_argument("--clients", type=int, default=200, help="at a time (default: 200)")
    parser.add_argument(
        "--most-waiting", type=int, default=128, help="the server's limit (default: 128)"
    )
    options = parser.parse_args()
    pictures = of_the_gallery(100)
    expected = _offline(pictures)
    waiting = str(options.most_waiting)
    with running(WITH_PAGE, picture=pictures[0], TWINLABEL_MOST_WAITING=waiting) as server:
        started = time.perf_counter()
        outcome, waits = asyncio.run(
            _load(server.endpoint, pictures, expected, options.requests, options.clients)
        )
        seconds = time.perf_counter() - started
        healthy = httpx.get(f"{server.url}/healthz").status_code == 200
    found = {
        **outcome,
        "seconds": round(seconds, 1),
        "answered_per_second": round(outcome["answered"] / seconds, 1),
        "refusal_p50_ms": _middle(waits["refused"]),
        "answer_p50_ms": _middle(waits["answered"]),
        "page_p50_ms": _middle(waits["page"]),
        "healthy_after": healthy,
    }
    for what, value in found.items():
        print(f"{what}: {value}")
    print(json.dumps(found))
    whole = outcome["answered"] + outcome["refused"] == options.requests
    if outcome["wrong"] or outcome["page_not_opened"] or not whole or not healthy:
        sys.exit(1)


async def _load(
    url: str, pictures: list[bytes], expected: list[np.ndarray], requests: int, clients: int
) -> tuple[dict[str, int], dict[str, list[float]]]:
    counts: collections.Counter[str] = collections.Counter()
    waits: dict[str, list[float]] = {"answered": [], "refused": [], "page": []}
    left = iter(range(requests))

    async def client(shared: httpx.AsyncClient) -> None:
        for number in left:
            which = number % len(pictures)
            started = time.perf_counter()
            try:
                response = await shared.post(url, content=pictures[which], headers=BINARY)
            except httpx.HTTPError:
                counts["lost"] += 1
                continue
            kind = {200: "answered", 503: "refused"}.get(response.status_code, "other")
            counts[kind] += 1
            if kind in waits:
                waits[kind].append(1000 * (time.perf_counter() - started))
            if kind == "answered":
                off = np.abs(_rows(response) - expected[which]).max()
                counts["wrong"] += bool(off > TOLERANCE)
            elif kind == "refused":
                await asyncio.sleep(0.02)

    async def visitor() -> None:
        async with httpx.AsyncClient(timeout=60) as own:
            while True:
                started = time.perf_counter()
                try:
                    opened = await own.get(url.removesuffix(WITH_PAGE.path))
                    counts["page_not_opened"] += "gradio" not in opened.text
                except httpx.HTTPError:
                    counts["page_not_opened"] += 1
                waits["page"].append(1000 * (time.perf_counter() - started))
                await asyncio.sleep(1)

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(timeout=60, limits=limits) as shared:
        visiting = asyncio.create_task(visitor())
        await asyncio.gather(*(client(shared) for _ in range(clients)))
        visiting.cancel()
    kinds = ("answered", "refused", "lost", "other", "wrong", "page_not_opened")
    return {kind: counts[kind] for kind in kinds}, waits


def _offline(pictures: list[bytes]) -> list[np.ndarray]:
    """Both models' probabilities `[2, 10]` for each picture, by ONNX Runtime alone."""
    sessions = common.sessions()
    return [
        np.concatenate(list(common.both(sessions, common.decode(p)[np.newaxis]).values()))
        for p in pictures
    ]


def _rows(response: httpx.Response) -> np.ndarray:
    (result,) = response.json()["results"]
    return np.array([model["probabilities"] for model in result["models"].values()])


def _middle(values: list[float]) -> float | None:
    return round(float(np.median(values)), 1) if values else None


if __name__ == "__main__":
    main()
