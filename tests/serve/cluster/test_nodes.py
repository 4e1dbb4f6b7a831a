"""A machine of a cluster goes, behind nginx and with clients that try once more.

Run with -s, each test prints its counts, which stand in benchmarks/README.md.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.pictures import Pictures, as_png
from harness.servers import CLUSTER_PYTHON, free_port
from serve.cluster import node
from tests.serve.cluster import nodes
from tests.serve.cluster.load import clients, until
from tests.serve.cluster.nodes import Machine

pytestmark = pytest.mark.slow
_SECONDS_TO_START = 400
_SECONDS_OF_LOAD = 40


@dataclass(frozen=True)
class Nodes:
    """Two machines behind nginx."""

    first: Machine
    second: Machine
    url: str
    environment: dict[str, str]

    def replicas(self) -> set[str]:
        """The replicas that answer through nginx."""
        found = set()
        for _ in range(20):
            answer = httpx.get(f"{self.url}/metrics", headers={"connection": "close"}, timeout=30)
            if answer.status_code == 200:
                found.add(answer.text.split('replica="', 1)[1].split('"', 1)[0])
        return found


@pytest.fixture(scope="module")
def one_node() -> Iterator[Nodes]:
    """The first machine with a replica, the second one with nothing on it."""
    if not CLUSTER_PYTHON.exists():
        pytest.skip("Ray is not installed; run make test-cluster, which installs it")
    missing = [program for program in nodes.NEEDED if shutil.which(program) is None]
    if missing or os.geteuid() != 0:
        pytest.skip("machines on one machine need root, ip and nginx")
    variables = nodes.environment(secrets.token_hex(32))
    with (
        tempfile.TemporaryDirectory(prefix="tw-") as name,
        nodes.machines(Path(name), 2) as (first, second),
        nodes.nginx(Path(name), free_port(), [first, second]) as url,
    ):
        made = Nodes(first, second, url, variables)
        first.start(variables)
        time.sleep(20)
        nodes.deploy(first, node.FILES / "many-machines.yaml", variables)
        until(lambda: len(made.replicas()) == 1, _SECONDS_TO_START, "the first machine answers")
        yield made


@pytest.fixture
def two_nodes(one_node: Nodes) -> Iterator[Nodes]:
    """Both machines, with a replica on each."""
    one_node.second.plug()
    one_node.second.start(one_node.environment)
    until(lambda: len(one_node.replicas()) == 2, _SECONDS_TO_START, "both machines answer")
    yield one_node
    one_node.second.kill()


@pytest.mark.parametrize("how", ["kill_haproxy", "kill", "unplug"])
def test_a_machine_that_goes_loses_no_request(
    two_nodes: Nodes, test_pictures: Pictures, how: str
) -> None:
    with clients(two_nodes.url, as_png(test_pictures), 8, retries=1) as outcome:
        time.sleep(5)
        before = outcome.requests
        getattr(two_nodes.second, how)()
        time.sleep(_SECONDS_OF_LOAD)
    print(f"\n{how} of the second machine: {outcome}; {before} before")
    assert outcome.failed == 0
    assert outcome.statuses[503] == 0
    assert outcome.statuses[200] > before
