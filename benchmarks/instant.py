"""What the rest of a request costs: this server with models that answer at once.

`python -m benchmarks.instant` is REST by itself, and `INSTANT_CLUSTER` the same on Ray Serve.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import wrk
from contract.cifar10 import CLASSES
from harness.paths import ROOT
from harness.servers import CLUSTER, REST, Kind, running
from serve.__main__ import create
from serve.inference import runtime
from serve.process import server

INSTANT = replace(
    REST,
    name="twinlabel, models that answer at once",
    command=(REST.command[0], "-m", "benchmarks.instant"),
)
INSTANT_CLUSTER = replace(
    CLUSTER,
    name="Ray Serve, our replicas, models that answer at once",
    command=(*CLUSTER.command, str(ROOT / "benchmarks" / "instant.yaml")),
)
_CLIENTS = 32


def use_instant_models() -> None:
    """From now on in this process, both models give every class the same probability at once."""

    def infer(session: Any, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        del session  # nothing is run
        logits = np.zeros((len(images), len(CLASSES)), np.float32)
        return [logits, np.full_like(logits, 1 / len(CLASSES))]

    runtime.infer_plain = infer


def rate(kind: Kind, picture: bytes, seconds: int) -> float:
    """The requests a second of 32 clients."""
    with running(kind, picture=picture) as started:
        wrk.load(started.endpoint, picture, _CLIENTS, 2)
        return wrk.load(started.endpoint, picture, _CLIENTS, seconds).rate


def application(_arguments: dict[str, Any]) -> Any:
    """The application of a Serve config: replicas whose models answer at once."""
    from serve.cluster import deployment  # only on Ray

    class Instant(deployment.Twins):
        def __init__(self) -> None:
            use_instant_models()
            super().__init__()

    return deployment.bound(Instant)


if __name__ == "__main__":
    use_instant_models()
    server.main(create)
