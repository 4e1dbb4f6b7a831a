"""Asks a Triton by HTTP and by gRPC, in the environment of Triton.

`python triton_client.py HTTP GRPC PICTURES OUT` sends the pictures of the file PICTURES, uint8
`[n, 32, 32, 3]`, to both models, one by one over several connections, and all at once. OUT gets the
probabilities, float32 `[n, 10]`, as `PROTOCOL.MODEL.single` and `.batch`, and the seconds that each
single picture took, as `PROTOCOL.seconds`.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tritonclient.grpc
import tritonclient.http

MODELS = ("hard", "smoothed")
CLIENTS = 4


def main(http: str, grpc: str, pictures_file: str, out: str) -> None:
    pictures = np.load(pictures_file)
    found: dict[str, Any] = {}
    for name, protocol, address in (
        ("http", tritonclient.http, http),
        ("grpc", tritonclient.grpc, grpc),
    ):
        seconds: list[float] = []
        for model in MODELS:
            answers = _one_by_one(protocol, address, model, pictures)
            found[f"{name}.{model}.single"] = np.concatenate([each for each, _ in answers])
            seconds += [took for _, took in answers]
            with protocol.InferenceServerClient(address) as client:
                found[f"{name}.{model}.batch"] = _asked(protocol, client, model, pictures[:8])
        found[f"{name}.seconds"] = np.array(seconds)
    np.savez(out, **found)


def _one_by_one(protocol: Any, address: str, model: str, pictures: Any) -> list[tuple[Any, float]]:
    """The answer to each picture and the seconds it took, in order."""

    def client(number: int) -> list[tuple[Any, float]]:
        answers = []
        with protocol.InferenceServerClient(address) as connection:
            for picture in pictures[number::CLIENTS]:
                started = time.perf_counter()
                answer = _asked(protocol, connection, model, picture[np.newaxis])
                answers.append((answer, time.perf_counter() - started))
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = list(pool.map(client, range(CLIENTS)))
    return [shares[i % CLIENTS][i // CLIENTS] for i in range(len(pictures))]


def _asked(protocol: Any, client: Any, model: str, pictures: Any) -> Any:
    given = protocol.InferInput("images", list(pictures.shape), "UINT8")
    given.set_data_from_numpy(pictures)
    return client.infer(model, [given]).as_numpy("probabilities")


if __name__ == "__main__":
    main(*sys.argv[1:])
