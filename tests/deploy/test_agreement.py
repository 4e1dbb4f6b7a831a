"""The manifests agree with the code, with the image and with each other."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import httpx
import pytest
import yaml

from harness import dockerfile
from harness.paths import ROOT
from harness.servers import Server
from serve import settings
from serve.process.server import SECONDS_TO_FINISH
from tests.deploy.manifests import Object, named, objects, of_kind

IMAGE = dict(dockerfile.instructions((ROOT / "Dockerfile").read_text()))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["cpu"]


def _pods() -> list[Any]:
    """The spec of every pod that runs our own server, under the name of its object."""
    found = []
    for made in objects():
        spec = made["spec"]
        pod = spec["template"]["spec"] if made["kind"] == "Deployment" else spec.get("predictor")
        if pod is not None and "containers" in pod:
            found.append(pytest.param(pod, id=named(made)))
    return found


every_pod = pytest.mark.parametrize("pod", _pods())


def _container(pod: Object) -> Object:
    (container,) = pod["containers"]
    return dict(container)


def test_both_ways_to_run_our_container_are_checked() -> None:
    assert {each.id for each in _pods()} == {"Deployment twinlabel", "InferenceService twinlabel"}


@every_pod
def test_the_image_is_the_one_of_compose_and_has_the_command(pod: Object) -> None:
    container = _container(pod)
    assert container["image"] == COMPOSE["image"]
    program, option, module = container["command"]
    assert f'"{program}"' in IMAGE["CMD"]
    assert option == "-m"
    assert importlib.util.find_spec(f"{module}.__main__") is not None


@every_pod
def test_every_variable_is_a_setting_with_a_value_that_it_takes(
    pod: Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {each["name"]: each["value"] for each in _container(pod)["env"]}
    assert given.keys() <= set(settings.variables())
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert settings.from_environment().device == COMPOSE["environment"]["TWINLABEL_DEVICE"]


@every_pod
def test_the_port_is_the_images(pod: Object) -> None:
    (port,) = _container(pod)["ports"]
    assert port["containerPort"] == int(IMAGE["EXPOSE"])
    assert f"TWINLABEL_PORT={port['containerPort']} " in IMAGE["ENV"]


@every_pod
def test_the_probes_ask_what_the_server_answers(pod: Object, server: Server) -> None:
    container = _container(pod)
    (port,) = container["ports"]
    paths = {}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[name]["httpGet"]
        assert asked["port"] in (port["name"], port["containerPort"])
        assert httpx.get(server.url + asked["path"], trust_env=False).status_code == 200
        paths[name] = asked["path"]
    assert paths["startupProbe"] == paths["readinessProbe"] == "/v2/health/ready"
    # A server that is only not ready must not be killed for it.
    assert paths["livenessProbe"] == "/v2/health/live"


@every_pod
def test_a_pod_is_taken_out_of_the_service_before_it_ends(pod: Object) -> None:
    sleep = _container(pod)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep >= 5
    assert sleep + SECONDS_TO_FINISH < pod["terminationGracePeriodSeconds"]


@every_pod
def test_it_is_locked_down_as_in_compose(pod: Object) -> None:
    user, group = map(int, IMAGE["USER"].split(":"))
    whole = pod["securityContext"]
    assert (whole["runAsUser"], whole["runAsGroup"]) == (user, group)
    assert whole["runAsNonRoot"]
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    container = _container(pod)
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": "no-new-privileges:true" not in COMPOSE["security_opt"],
        "readOnlyRootFilesystem": COMPOSE["read_only"],
        "capabilities": {"drop": COMPOSE["cap_drop"]},
    }
    memory = {each["name"] for each in pod["volumes"] if each["emptyDir"]["medium"] == "Memory"}
    mounted = [each["mountPath"] for each in container["volumeMounts"] if each["name"] in memory]
    assert mounted == COMPOSE["tmpfs"]


@every_pod
def test_the_threads_fit_the_cpus(pod: Object) -> None:
    """The server rounds its quota up to whole threads, so a part of a CPU would be one too many."""
    container = _container(pod)
    resources = container["resources"]
    assert re.fullmatch(r"[1-9]\d*", resources["limits"]["cpu"])
    assert resources["requests"]["cpu"] == resources["limits"]["cpu"]
    given = {each["name"]: each["value"] for each in container["env"]}
    assert given.get("TWINLABEL_THREADS") in (None, resources["limits"]["cpu"])


def test_the_objects_find_each_other() -> None:
    deployment = of_kind("Deployment")
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    service = of_kind("Service")["spec"]
    assert service["selector"] == labels
    (port,) = _container(template["spec"])["ports"]
    assert [each["targetPort"] for each in service["ports"]] == [port["name"]]
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    autoscaler = of_kind("HorizontalPodAutoscaler")["spec"]
    assert autoscaler["scaleTargetRef"] == {
        "apiVersion": deployment["apiVersion"],
        "kind": "Deployment",
        "name": deployment["metadata"]["name"],
    }
    # Both would set the number of pods.
    assert "replicas" not in deployment["spec"]


def test_no_pod_ends_before_its_successor_is_ready() -> None:
    deployment = of_kind("Deployment")["spec"]["strategy"]["rollingUpdate"]
    own = next(o for o in objects() if named(o) == "InferenceService twinlabel")["spec"][
        "predictor"
    ]
    assert deployment["maxUnavailable"] == 0
    assert own["deploymentStrategy"]["rollingUpdate"] == deployment


def test_both_autoscale_at_the_same_load() -> None:
    autoscaler = of_kind("HorizontalPodAutoscaler")["spec"]
    (metric,) = autoscaler["metrics"]
    assert metric["resource"] == {
        "name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": 70},
    }
    for made in objects():
        if made["kind"] == "InferenceService":
            predictor = made["spec"]["predictor"]
            assert (predictor["scaleMetric"], predictor["scaleTarget"]) == ("cpu", 70)
