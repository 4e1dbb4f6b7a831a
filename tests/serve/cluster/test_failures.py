"""What becomes of requests while parts of a cluster end, change, or have too much to do.

Run with -s, each test prints its counts, which stand in benchmarks/README.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from contract.artifacts import manifest
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from tests.conftest import Published
from tests.serve.cluster.cluster import Cluster, settings
from tests.serve.cluster.load import Outcome, clients, until

pytestmark = pytest.mark.slow
_CLIENTS = 8
_SECONDS_BEFORE, _SECONDS_AFTER = 3, 5
SECONDS_TO_RECOVER = 60
"""For a machine that is busy with the load besides. Alone it takes a sixth of that."""


@pytest.fixture
def both(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster with both replicas of the committed pair, which it has again afterwards."""
    yield cluster
    cluster.change_and_wait({})
    assert len(cluster.names()) == 2


def report(what: str, outcome: Outcome, seconds: float | None = None) -> None:
    took = "" if seconds is None else f"; whole again after {seconds:.1f} s"
    print(f"\n{what}: {outcome}{took}")


@pytest.mark.parametrize("size", [2_000, 300_000])
def test_a_killed_replica_loses_no_request(
    cluster: Cluster, test_pictures: Pictures, size: int
) -> None:
    body = as_png(test_pictures).ljust(size, b"\0")
    before = cluster.names()
    assert len(before) == 2
    with clients(cluster.url, body, _CLIENTS) as outcome:
        time.sleep(_SECONDS_BEFORE)
        cluster.replicas()[0].kill()
        back = until(
            lambda: len(cluster.names() - before) == 1 and len(cluster.replicas()) == 2,
            SECONDS_TO_RECOVER,
            "two replicas answer again",
        )
        time.sleep(_SECONDS_AFTER)
    report(f"kill -9 of a replica, bodies of {size:,} bytes", outcome, back)
    assert outcome.failed == 0
    assert outcome.statuses[503] == 0


def test_an_update_loses_no_request_and_mixes_no_pairs(
    both: Cluster, test_pictures: Pictures, tiny_pair: Published
) -> None:
    old, new = (
        tuple(manifest.read(folder).models[name].sha256 for name in NAMES)
        for folder in (COMMITTED, tiny_pair.folder)
    )
    with clients(both.url, as_png(test_pictures), _CLIENTS) as outcome:
        time.sleep(_SECONDS_BEFORE)
        started = time.monotonic()
        both.change_and_wait(settings(TWINLABEL_MODELS=str(tiny_pair.folder)))
        took = time.monotonic() - started
        time.sleep(_SECONDS_AFTER)
    report("an update to another pair", outcome, took)
    assert outcome.failed == 0
    assert outcome.statuses[503] == 0
    assert outcome.pairs.keys() == {old, new}


def test_a_pair_that_cannot_be_loaded_changes_nothing(
    both: Cluster, test_pictures: Pictures
) -> None:
    before = both.names()
    with clients(both.url, as_png(test_pictures), 2, pause=0.1) as outcome:
        both.change(settings(TWINLABEL_MODELS="/nowhere"))
        until(lambda: "not updated: " in both.server.printed(), 300, "it says so")
    (line,) = [x for x in both.server.printed().splitlines() if "not updated: " in x]
    report("an update to no pair", outcome)
    assert "/nowhere" in line
    assert outcome.failed == 0
    assert both.names() == before


def test_overload_is_refused_in_our_words(both: Cluster, test_pictures: Pictures) -> None:
    both.change_and_wait(settings(TWINLABEL_MOST_WAITING="4"))
    with clients(both.url, as_png(test_pictures), 64) as outcome:
        time.sleep(10)
    report("64 clients, and room for 4 pictures in each replica", outcome)
    assert outcome.failed == 0
    assert outcome.statuses[200] > 100
    assert outcome.statuses[503] > 100
    for headers, content in outcome.refusals:
        assert headers["retry-after"] == "1"
        assert json.loads(content)["error"]["code"] == "overloaded"
    assert httpx.get(f"{both.url}/healthz").status_code == 200
    assert len(both.replicas()) == 2


def test_growing_and_shrinking_loses_no_request(both: Cluster, test_pictures: Pictures) -> None:
    scaling = {
        "min_replicas": 1,
        "max_replicas": 3,
        "target_ongoing_requests": 3,
        "upscale_delay_s": 1,
        "downscale_delay_s": 3,
        "look_back_period_s": 2,
        "metrics_interval_s": 1,
    }
    both.change_and_wait({}, num_replicas=None, autoscaling_config=scaling)
    body = as_png(test_pictures)
    with clients(both.url, body, 1, pause=0.2) as few:
        until(lambda: len(both.replicas()) == 1, 180, "one replica is left")
        with clients(both.url, body, 12) as many:
            up = until(lambda: len(both.names()) == 3, 180, "there are three replicas")
        down = until(lambda: len(both.replicas()) == 1, 240, "one replica is left again")
    report("one replica to three", many, up)
    report("two to one, to three and back to one", few, down)
    assert many.failed == few.failed == 0
    assert many.statuses[503] == few.statuses[503] == 0


def test_haproxy_is_started_again(cluster: Cluster, test_pictures: Pictures) -> None:
    """While it is gone nobody listens, which a balancer before several nodes would notice."""
    with clients(cluster.url, as_png(test_pictures), _CLIENTS, pause=0.02) as outcome:
        time.sleep(_SECONDS_BEFORE)
        for process in cluster.haproxy():
            process.kill()
        time.sleep(0.5)

        def answers() -> bool:
            try:
                return httpx.get(f"{cluster.url}/healthz").status_code == 200
            except httpx.TransportError:
                return False

        back = 0.5 + until(answers, SECONDS_TO_RECOVER, "HAProxy answers again")
        time.sleep(_SECONDS_AFTER)
    report("kill -9 of HAProxy", outcome, back)
    assert outcome.statuses.keys() <= {0, 200, 503}
    assert len(cluster.names()) == 2
