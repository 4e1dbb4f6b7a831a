"""One-picture requests beside a client that sends all it can: how many are answered, and how fast.

For each kind of such a client the server is started anew. One-picture requests are timed alone and
then beside that client. Exits with 1 where one of them is refused or lost.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time

import numpy as np

from harness.flood import KINDS, Answer, Connection, Message, flooding, tensors
from harness.pictures import of_the_gallery
from harness.servers import BINARY, REST, running

BESIDE_ONE = 19
"""One-picture requests beside a single request of 256 pictures."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fairness", description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--requests", type=int, default=300, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    single = Message("/v1/compare", of_the_gallery(1)[0], BINARY)
    refused = beside_one_large(single)
    print(f"beside one request of 256 pictures, not answered: {refused} of {BESIDE_ONE}")
    found: dict[str, object] = {"beside_one_large_not_answered": refused}
    for kind in options.kinds:
        rounds = _rounds(kind, single, options)
        ratios = [round(b["p99_ms"] / a["p99_ms"], 2) for a, b in rounds]
        lost = int(sum(beside["not_answered"] for _, beside in rounds))
        refused += lost
        print(
            f"{kind}: {lost} of {options.rounds * options.requests} not answered; p99 beside such "
            f"a client: {statistics.median(ratios):.2f} times that alone (median of {ratios})",
            flush=True,
        )
        found[kind] = {
            "p99_ratio": statistics.median(ratios),
            "rounds": [{"alone": alone, "beside": beside} for alone, beside in rounds],
        }
    print(json.dumps(found))
    sys.exit(1 if refused else 0)


def beside_one_large(single: Message) -> int:
    """How many one-picture requests are not answered beside one request of 256 pictures."""
    with running(REST, picture=single.body) as server:
        large = threading.Thread(target=Connection(server.url).send, args=(tensors(),))
        large.start()
        time.sleep(0.1)  # until it is queued, and long before it is answered
        connection = Connection(server.url)
        answers = [connection.send(single) for _ in range(BESIDE_ONE)]
        large.join()
    return sum(answer.status != 200 for answer in answers)


def _rounds(
    kind: str, single: Message, options: argparse.Namespace
) -> list[tuple[dict[str, float], dict[str, float]]]:
    """The figures of one-picture requests alone, and beside a client of this kind, in each round.

    A p99 of a few hundred requests is the third slowest of them, so one round says little.
    """
    found = []
    with running(REST, picture=single.body) as server:
        connection = Connection(server.url)
        for _ in range(50):
            connection.send(single)
        for _ in range(options.rounds):
            alone = [connection.send(single) for _ in range(options.requests)]
            with flooding(server.url, kind, options.connections):
                time.sleep(1)
                beside = [connection.send(single) for _ in range(options.requests)]
            found.append((summary(alone), summary(beside)))
            time.sleep(1)  # until what the client has left is dropped
    return found


def summary(answers: list[Answer]) -> dict[str, float]:
    """How many of them were not answered, and how long the answers took, in milliseconds."""
    times = [1000 * answer.seconds for answer in answers if answer.status == 200] or [float("nan")]
    p50, p99 = np.percentile(times, (50, 99))
    return {
        "not_answered": sum(answer.status != 200 for answer in answers),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
    }


if __name__ == "__main__":
    main()
