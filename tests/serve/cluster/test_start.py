"""What the cluster is started with, and what stops it from starting: one line each."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from harness.environment import clean_environment
from harness.paths import ROOT
from harness.servers import CLUSTER_PYTHON
from serve.cluster import node

CONFIGS = sorted((ROOT / "deploy" / "ray").glob("*.yaml"))


def refusal(python: Path, *arguments: str, **environment: str) -> str:
    """The one line that the program ends with."""
    done = subprocess.run(
        [python, "-m", "serve.cluster", *arguments],
        cwd=ROOT,
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_without_ray_it_says_how_to_get_it() -> None:
    assert "run `make cluster`" in refusal(Path(sys.executable))


@pytest.mark.skipif(not CLUSTER_PYTHON.exists(), reason="Ray is not installed")
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TWINLABEL_HOST": "0.0.0.0"}, "TWINLABEL_HOST is '0.0.0.0'"),
        ({"TWINLABEL_PORT": "no number"}, "TWINLABEL_PORT is 'no number'"),
        ({"TWINLABEL_PROT": "7860"}, "did you mean TWINLABEL_PORT?"),
    ],
)
def test_a_wrong_setting_is_one_line(environment: dict[str, str], said: str) -> None:
    assert said in refusal(CLUSTER_PYTHON, **environment)


@pytest.mark.skipif(not CLUSTER_PYTHON.exists(), reason="Ray is not installed")
def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen on 127.0.0.1, port {port}" in refusal(
            CLUSTER_PYTHON, TWINLABEL_PORT=port
        )


@pytest.mark.skipif(not CLUSTER_PYTHON.exists(), reason="Ray is not installed")
def test_a_config_that_is_none_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "serve.yaml"
    assert f"{config}" in refusal(CLUSTER_PYTHON, str(config), TWINLABEL_PORT="0")
    config.write_text("applications: 7")
    assert "is no Serve config: applications: Input should be a valid list" in refusal(
        CLUSTER_PYTHON, str(config), TWINLABEL_PORT="0"
    )


def test_a_node_asks_for_a_token_reports_nothing_and_keeps_to_itself(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1", "RAY_AUTH_MODE": "disabled"}
    found = node.on_loopback(tmp_path, given)
    assert found["RAY_USAGE_STATS_ENABLED"] == "0"
    assert found["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert found["RAY_AUTH_MODE"] == "token"
    assert len(found["RAY_AUTH_TOKEN"]) == 64
    assert found["RAY_AUTH_TOKEN"] != node.on_loopback(tmp_path, given)["RAY_AUTH_TOKEN"]
    ports = [value for name, value in found.items() if name.endswith("_PORT")]
    assert len(set(ports)) == len(ports) == 3


def test_the_environment_of_a_node_is_a_shells_too() -> None:
    shell = "set -a; . deploy/ray/ray.env; env"
    done = subprocess.run(
        ["sh", "-c", shell], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    read = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert node.shared().items() <= read.items()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_lets_rest_refuse_what_is_too_much(path: Path) -> None:
    (application,) = yaml.safe_load(path.read_text(encoding="utf-8"))["applications"]
    assert application["import_path"] == "serve.cluster.deployment:application"
    (deployment,) = application["deployments"]
    assert deployment["max_queued_requests"] == -1
    assert deployment["max_ongoing_requests"] >= 1000
