"""A cluster that tests change and damage: its Serve config, its replicas, its HAProxy."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml  # type: ignore[import-untyped]

from harness.paths import ROOT
from harness.servers import CLUSTER, Server, running
from tests.serve.cluster.load import until

CONFIG = ROOT / "deploy" / "ray" / "one-machine.yaml"
SECONDS_TO_CHANGE = 300
_REPLICA = "ray::ServeReplica:twinlabel:Twins"


@dataclass(frozen=True)
class Cluster:
    """A running cluster, and the Serve config that it was started with."""

    server: Server
    config: Path

    @property
    def url(self) -> str:
        """The cluster's URL without a path."""
        return self.server.url

    def replicas(self) -> list[psutil.Process]:
        """The processes of the replicas."""
        return [p for p, line in self._processes() if line.startswith(_REPLICA)]

    def haproxy(self) -> list[psutil.Process]:
        """The processes of HAProxy: more than one while an old one still ends its connections."""
        return [p for p, line in self._processes() if "haproxy.cfg" in line]

    def names(self, tries: int = 20) -> set[str]:
        """The names of the replicas that answer `/metrics`, asked `tries` times."""
        found = set()
        for _ in range(tries):
            answer = httpx.get(f"{self.url}/metrics", headers={"connection": "close"}, timeout=30)
            assert answer.status_code == 200, answer.text
            found.add(answer.text.split('replica="', 1)[1].split('"', 1)[0])
        return found

    def change(self, of_application: dict[str, Any], **of_deployment: Any) -> None:
        """Start an update to the config as it is in the repository, with these changes."""
        self.config.write_text(changed(of_application, **of_deployment))
        self.server.process.send_signal(signal.SIGHUP)

    def change_and_wait(self, of_application: dict[str, Any], **of_deployment: Any) -> None:
        """The same, and wait until all replicas are as the config says."""
        before = self._updates()
        self.change(of_application, **of_deployment)
        until(lambda: self._updates() > before, SECONDS_TO_CHANGE, self.server.printed())

    def _updates(self) -> int:
        return self.server.printed().count("twinlabel: all replicas are as")

    def _processes(self) -> list[tuple[psutil.Process, str]]:
        """All processes of the cluster, with their command lines."""
        found = []
        for process in self.server.processes():
            # One may end while this is asked.
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                found.append((process, " ".join(process.cmdline())))
        return found


def changed(of_application: dict[str, Any], **of_deployment: Any) -> str:
    """The Serve config for one machine as it is in the repository, with these changes."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    (application,) = config["applications"]
    application.update(of_application)
    (deployment,) = application["deployments"]
    deployment.update(of_deployment)
    return str(yaml.safe_dump({**config, "applications": [application]}))


def settings(**variables: str) -> dict[str, Any]:
    """Changes of an application: environment variables of its replicas."""
    return {"runtime_env": {"env_vars": variables}}


@contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    """A cluster of its own on the committed pair, with both replicas up."""
    config = folder / "serve.yaml"
    config.write_text(changed({}))
    kind = replace(CLUSTER, command=(*CLUSTER.command, str(config)))
    with running(kind, log=folder / "log") as server:
        yield Cluster(server, config)
