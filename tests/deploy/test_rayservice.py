"""The RayService is the cluster of deploy/ray, in pods as locked down as the Deployment's."""

from __future__ import annotations

import os
import shlex
from typing import Any

import yaml

from harness import dockerfile
from harness.paths import ROOT
from tests.deploy.manifests import Object, of_kind

RAY = ROOT / "deploy" / "ray"
CONFIG = RAY / "many-machines.yaml"
# Where the image has its programs and the server, which KubeRay's commands do not know, and a
# folder that can be written to.
OF_THE_IMAGE = {
    "PATH": "/venv/bin:/usr/local/bin:/usr/bin:/bin",
    "PYTHONPATH": "/app",
    "HOME": "/tmp",
    "RAY_SERVE_HAPROXY_BINARY_PATH": "/app/deploy/ray/haproxy",
}


def _config() -> Any:
    return yaml.safe_load(of_kind("RayService")["spec"]["serveConfigV2"])


def _groups() -> list[Object]:
    """The head's group, and that of the workers."""
    cluster = of_kind("RayService")["spec"]["rayClusterConfig"]
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def _containers() -> list[Object]:
    return [each for group in _groups() for each in group["template"]["spec"]["containers"]]


def test_its_serve_config_is_the_one_for_many_machines() -> None:
    assert _config() == yaml.safe_load(CONFIG.read_text("utf-8"))


def test_every_node_has_the_environment_of_deploy_ray() -> None:
    lines = shlex.split((RAY / "ray.env").read_text("utf-8"), comments=True)
    expected = OF_THE_IMAGE | dict(line.split("=", 1) for line in lines)
    for container in _containers():
        assert {each["name"]: each["value"] for each in container["env"]} == expected


def test_the_image_has_what_ray_starts_as_haproxy() -> None:
    steps = dockerfile.instructions((ROOT / "Dockerfile").read_text())
    assert ("COPY", "deploy/ray deploy/ray") in steps
    assert ("WORKDIR", "/app") in steps
    assert os.access(RAY / "haproxy", os.X_OK)


def test_its_pods_are_as_locked_down_as_those_of_the_deployment() -> None:
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    for group in _groups():
        assert group["template"]["spec"]["securityContext"] == pod["securityContext"]
    for other in _containers():
        assert other["securityContext"] == container["securityContext"]
        assert other["resources"]["requests"] == other["resources"]["limits"]


def test_a_worker_is_filled_by_whole_replicas_on_the_port_of_the_config() -> None:
    (deployment,) = (each for app in _config()["applications"] for each in app["deployments"])
    head, worker = _containers()
    cpus = int(worker["resources"]["limits"]["cpu"])
    assert cpus % deployment["ray_actor_options"]["num_cpus"] == 0
    assert _groups()[0]["rayStartParams"]["num-cpus"] == "0"
    for container in (head, worker):
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        assert ports["serve"] == _config()["http_options"]["port"]
