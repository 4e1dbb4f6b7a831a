"""Clients that send pictures to a cluster all the time, and what became of their requests."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.servers import BINARY

_SECONDS_TO_WAIT = 60


@dataclass
class Outcome:
    """What became of all requests so far."""

    statuses: Counter[int] = field(default_factory=Counter)
    """How many were answered with each status; 0 where the connection broke before an answer."""
    pairs: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """The hashes of the pair in each answer, and how many answers named it."""
    refusals: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers in lower case, and body, of each answer with a status other than 200."""
    errors: Counter[str] = field(default_factory=Counter)
    """What the client saw where the connection broke, and how often."""
    retried: int = 0
    """Requests that were sent a second time."""

    @property
    def requests(self) -> int:
        """How many requests were answered or lost."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """How many requests did not end with 200 or with REST's own refusal, which is 503."""
        return self.requests - self.statuses[200] - self.statuses[503]

    def __str__(self) -> str:
        retried = f", {self.retried} sent twice" if self.retried else ""
        errors = f", {dict(self.errors)}" if self.errors else ""
        return f"{self.failed} failed of {self.requests}: {dict(self.statuses)}{errors}{retried}"


@contextmanager
def clients(
    url: str, body: bytes, number: int, retries: int = 0, pause: float = 0.0
) -> Iterator[Outcome]:
    """`number` clients that compare `body` again and again for as long as the block runs.

    Each keeps its connection open, and sends the next request after `pause` seconds when it has an
    answer. A request that failed, or was answered with 500 or more, is sent up to `retries` times
    more.
    """
    outcome, lock, end = Outcome(), threading.Lock(), threading.Event()

    def run() -> None:
        connection = _Client(url)
        while not end.is_set():
            answer = connection.compare(body)
            tries = 0
            while tries < retries and not 200 <= answer.status < 500:
                tries += 1
                answer = connection.compare(body)
            with lock:
                outcome.retried += tries
                outcome.statuses[answer.status] += 1
                if answer.status == 200:
                    pair = json.loads(answer.content)["pair"]
                    outcome.pairs[tuple(pair.values())] += 1
                elif answer.status:
                    outcome.refusals.append((answer.headers, answer.content))
                else:
                    outcome.errors[answer.error] += 1
            end.wait(pause)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield outcome
    finally:
        end.set()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    error: str = ""


class _Client:
    """One connection, opened again after it broke. A request is never repeated by itself."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(
            url.removeprefix("http://"), timeout=_SECONDS_TO_WAIT
        )

    def compare(self, body: bytes) -> _Answer:
        try:
            self._http.request("POST", "/v1/compare", body, BINARY)
            answer = self._http.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return _Answer(answer.status, headers, answer.read())
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            return _Answer(0, error=repr(error))


def until(happens: object, seconds: float, what: str) -> float:
    """Wait until the function `happens` says yes, and give the seconds; fail after `seconds`."""
    assert callable(happens)
    started = time.monotonic()
    while not happens():
        assert time.monotonic() - started < seconds, f"after {seconds} s still not: {what}"
        time.sleep(0.2)
    return time.monotonic() - started
