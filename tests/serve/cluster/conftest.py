"""A real cluster in place of the server that other tests ask, where Ray is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.servers import CLUSTER_PYTHON, Server
from tests.serve.cluster.cluster import Cluster, started


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests, which leave two replicas of the committed pair behind."""
    if not CLUSTER_PYTHON.exists():
        pytest.skip("Ray is not installed; run make test-cluster, which installs it")
    with started(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="session")
def server(cluster: Cluster) -> Server:
    return cluster.server
