"""Keeps the one port of a replica on loopback that no setting of Ray's keeps there."""

from __future__ import annotations

from typing import Any

import ray
from ray.serve._private import replica

LOOPBACK = "127.0.0.1"
_EVERYWHERE = "[::]:0"


def keep_replica_on_loopback() -> None:
    """On a node that is on loopback, let this process's gRPC server listen there alone.

    Ray Serve opens it on every address for calls between deployments, of which there are none here.
    To be called when the replica is made: it opens its ports after that.
    """
    if ray.util.get_node_ip_address() != LOOPBACK:
        return
    add_port = replica.add_port_to_grpc_server

    def add_port_on_loopback(server: Any, address: str) -> Any:
        return add_port(server, f"{LOOPBACK}:0" if address == _EVERYWHERE else address)

    replica.add_port_to_grpc_server = add_port_on_loopback
