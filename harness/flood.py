"""One client that sends all it can, over several connections and without a pause.

`python -m harness.flood URL KIND CONNECTIONS` runs until it is ended, in a process of its own, so
that it does not slow down whoever measures beside it. It sends the next request as soon as the last
one is answered or refused, and opens a connection again where the server has closed it.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from contract.artifacts.manifest import INPUT
from contract.cifar10 import PICTURE_SIZE
from contract.twins import NAMES
from harness.paths import ROOT
from harness.pictures import of_the_gallery, photo
from harness.servers import BINARY

# The client that floods is another one than whoever measures. Only Linux has this address.
OTHER = "127.0.0.2" if sys.platform == "linux" else None
_BOUNDARY = "flood"
_FORM = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}


@dataclass(frozen=True)
class Message:
    """A request that can be sent again and again."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """The status of an answer, 0 where the connection broke, and how long it took."""

    status: int
    seconds: float


def tensors(n: int = 256, model: str = NAMES[0], *, binary: bool = True) -> Message:
    """A request of the Open Inference Protocol with `n` pictures."""
    shape = [n, PICTURE_SIZE, PICTURE_SIZE, 3]
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    tensor: dict[str, object] = {"name": INPUT, "shape": shape, "datatype": "UINT8"}
    path = f"/v2/models/{model}/infer"
    if not binary:
        content = json.dumps({"inputs": [{**tensor, "data": pixels.ravel().tolist()}]}).encode()
        return Message(path, content, {"content-type": "application/json"})
    tensor["parameters"] = {"binary_data_size": pixels.size}
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    length = {"inference-header-content-length": str(len(head))}
    return Message(path, head + pixels.tobytes(), {**BINARY, **length})


def form(pictures: list[bytes]) -> Message:
    """A form that holds `pictures`, for `/v1/compare`."""
    head = f'--{_BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
    parts = b"".join(head.encode() + picture + b"\r\n" for picture in pictures)
    return Message("/v1/compare", parts + f"--{_BOUNDARY}--\r\n".encode(), _FORM)


def _tensors() -> list[Message]:
    return [tensors(model=name) for name in NAMES]


def _json() -> list[Message]:
    return [tensors(model=name, binary=False) for name in NAMES]


def _forms() -> list[Message]:
    return [form(of_the_gallery(64))]


def _singles() -> list[Message]:
    return [Message("/v1/compare", picture, BINARY) for picture in of_the_gallery(8)]


def _photos() -> list[Message]:
    return [form([photo()] * 16)]


KINDS: dict[str, Callable[[], list[Message]]] = {
    "tensors": _tensors,
    "json": _json,
    "forms": _forms,
    "photos": _photos,
    "singles": _singles,
}
"""What such a client sends: each of its connections sends one of these messages."""


class Connection:
    """One connection to a server, kept open while the server keeps it open.

    It comes from the address `source`, if one is given.
    """

    def __init__(self, url: str, source: str | None = None) -> None:
        self._http = http.client.HTTPConnection(
            url.removeprefix("http://"),
            timeout=60,
            source_address=(source, 0) if source else None,
        )

    def send(self, message: Message) -> Answer:
        """Send `message` and read the whole answer."""
        started = time.perf_counter()
        try:
            self._http.request("POST", message.path, message.body, message.headers)
            answer = self._http.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            self._http.close()
            status = 0
        return Answer(status, time.perf_counter() - started)

    def close(self) -> None:
        self._http.close()


@contextmanager
def flooding(url: str, kind: str, connections: int) -> Iterator[None]:
    """One client of this kind, in a process of its own, for as long as the block runs."""
    command = [sys.executable, "-m", "harness.flood", url, kind, str(connections)]
    client = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert client.stdout is not None
        client.stdout.readline()  # it prints a line once it has begun
        yield
    finally:
        client.kill()
        client.wait()
        if client.stdout is not None:
            client.stdout.close()


def main() -> None:
    url, kind, connections = sys.argv[1:]
    messages = KINDS[kind]()

    def send_for_ever(message: Message) -> None:
        connection = Connection(url, OTHER)
        while True:
            connection.send(message)

    for number in range(int(connections)):
        message = messages[number % len(messages)]
        threading.Thread(target=send_for_ever, args=(message,), daemon=True).start()
    print("begun", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
