"""A Ray cluster on this machine that listens on loopback alone, and ends with this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
import yaml  # type: ignore[import-untyped]
from pydantic import ValidationError
from ray import serve as ray_serve
from ray.serve.context import _get_global_client
from ray.serve.schema import ServeDeploySchema

from serve import cpus
from serve.errors import StartupError

log = logging.getLogger("twinlabel")

# Replicas hand each other nothing; only Ray itself uses it. Its default is 30% of the memory.
_BYTES_OF_OBJECTS = 100_000_000
_SECONDS_BETWEEN_LOOKS = 0.2
_WORDS_OF_ERROR = "serve.errors.StartupError: "


@contextmanager
def cluster(folder: Path, config: ServeDeploySchema) -> Iterator[None]:
    """Ray and Ray Serve on this machine alone for as long as the block runs, with no application.

    `folder` is for Ray's files. The environment is already that of `serve.cluster.node`.
    """
    ray.init(
        address="local",
        include_dashboard=False,
        # An update runs old and new replicas beside each other, each of which asks for a CPU.
        num_cpus=2 * max(2, cpus.available()),
        object_store_memory=_BYTES_OF_OBJECTS,
        logging_level=logging.WARNING,
        _temp_dir=str(folder),
    )
    try:
        ray_serve.start(
            proxy_location=config.proxy_location,
            http_options=config.http_options.model_dump(),
            logging_config=config.logging_config,
        )
        yield
    finally:
        ray.shutdown()


def read(config: Path, host: str, port: int) -> ServeDeploySchema:
    """The Serve config in a file, with the address to listen on. Raises `StartupError`."""
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
        found = ServeDeploySchema.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StartupError(f"{config} is no Serve config: {where}: {first['msg']}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise StartupError(f"{config} cannot be read as a Serve config: {reason}") from error
    found.http_options.host, found.http_options.port = host, port
    return found


def bring_to(config: ServeDeploySchema) -> None:
    """Bring what runs to what `config` says, replica by replica, and wait until all of it answers.

    Raises `StartupError` if a replica cannot start; those of an earlier config then go on.
    """
    # As `serve run` does: no public function takes a config.
    _get_global_client().deploy_apps(config)
    while True:
        found = ray_serve.status().applications
        states = [found[app.name] for app in config.applications if app.name in found]
        for state in states:
            if state.status in ("DEPLOY_FAILED", "UNHEALTHY"):
                raise StartupError(_reason(state))
        if len(states) == len(config.applications) and {s.status for s in states} == {"RUNNING"}:
            return
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _reason(state: Any) -> str:
    """Why an application could not be deployed, from what Ray Serve says of it."""
    said = "\n".join([state.message, *(d.message for d in state.deployments.values())])
    for line in said.splitlines():
        if _WORDS_OF_ERROR in line:
            return line.split(_WORDS_OF_ERROR, 1)[1]
    return f"Ray Serve could not start the application: {said.strip()}"
