"""A replica on Ray Serve: both models and REST as they are, in a process of its own."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import numpy as np
import ray
from ray import serve as ray_serve
from starlette.applications import Starlette

from contract.cifar10 import PICTURE_SIZE
from serve import assembly, environment, settings
from serve.cluster import loopback
from serve.http import logs
from serve.settings import Settings


class Twins:
    """One whole replica: it loads the pair when it is made, and answers HTTP by itself.

    Raises `StartupError` if the settings, the pair or the device cannot be used.
    """

    def __init__(self) -> None:
        chosen = _with_its_threads(settings.from_environment())
        logs.set_up(chosen.log_level)
        loopback.keep_replica_on_loopback()
        environment.find_temporary_folder()
        replica = ray_serve.get_replica_context().replica_id.unique_id
        self._rest, self._comparer = assembly.create_rest(chosen, replica)
        # Requests come as soon as this is over.
        self._comparer.warm_up()

    def __serve_build_asgi_app__(self) -> Starlette:
        """The ASGI application that Ray calls for each request."""
        return self._rest

    async def check_health(self) -> None:
        """Run one picture through both models. What this raises makes Ray replace the replica.

        The picture waits its turn, but is never refused: a replica with much to do is healthy.
        """
        picture = np.zeros((1, PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
        await asyncio.to_thread(self._comparer.engine.infer_blocking, picture, bounded=False)


def application(_arguments: dict[str, Any]) -> Any:
    """The application that a Serve config names as its `import_path`. It loads nothing yet."""
    return bound(Twins)


def bound(kind: type[Twins]) -> Any:
    """The application whose replicas are of this kind."""
    return ray_serve.deployment(name="Twins")(ray_serve.ingress()(kind)).bind()


def _with_its_threads(chosen: Settings) -> Settings:
    """The settings with as many threads as Ray gave CPUs to this replica, unless they say more."""
    given = ray.get_runtime_context().get_assigned_resources().get("CPU", 1.0)
    return chosen.model_copy(update={"threads": chosen.threads or math.ceil(given)})
