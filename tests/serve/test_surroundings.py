"""Surroundings in which the application must start: Kubernetes, dead proxies, nowhere to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from harness.environment import clean_environment
from harness.paths import ROOT
from harness.pictures import Pictures, as_png
from harness.servers import REST, WITH_PAGE, running
from serve import settings

KUBERNETES = {
    "TWINLABEL_SERVICE_HOST": "10.0.0.1",
    "TWINLABEL_SERVICE_PORT": "7860",
    "TWINLABEL_SERVICE_PORT_HTTP": "7860",
    "TWINLABEL_PORT_7860_TCP": "tcp://10.0.0.1:7860",
    "TWINLABEL_PORT_7860_TCP_PROTO": "tcp",
    "TWINLABEL_PORT_7860_TCP_PORT": "7860",
    "TWINLABEL_PORT_7860_TCP_ADDR": "10.0.0.1",
    "TWINLABEL_WEB_SERVICE_HOST": "10.0.0.2",
    "TWINLABEL_WEB_PORT": "tcp://10.0.0.2:80",
}
DEAD = "127.0.0.1:9"
PROXIES = {
    "ALL_PROXY": f"socks5://{DEAD}",
    "all_proxy": f"socks5h://{DEAD}",
    "HTTP_PROXY": f"http://{DEAD}",
    "https_proxy": f"http://{DEAD}",
}


def test_what_kubernetes_sets_is_not_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KUBERNETES, "TWINLABEL_PORT": "tcp://10.0.0.1:7860"}.items():
        monkeypatch.setenv(name, value)
    assert settings.from_environment().port == 7860


def test_it_starts_beside_a_service_of_its_name() -> None:
    with running(REST, log=None, picture=None, **KUBERNETES) as server:
        assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"


def test_dead_proxies_do_not_matter(test_pictures: Pictures, tmp_path: Path) -> None:
    environment = {**PROXIES, "GRADIO_TEMP_DIR": str(tmp_path / "uploads")}
    with running(WITH_PAGE, log=tmp_path / "log", picture=None, **environment) as server:
        with httpx.Client(trust_env=False) as client:
            assert client.get(server.url).status_code == 200
            answer = client.post(server.endpoint, content=as_png(test_pictures))
        assert answer.status_code == 200
        assert "Traceback" not in server.printed()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be another user")
def test_any_user_without_a_home() -> None:
    """As Kubernetes and OpenShift run containers: an unknown user id, no HOME, nothing to write."""
    setpriv = "/usr/bin/setpriv"
    if not Path(setpriv).exists():
        pytest.skip("there is no setpriv here")
    program = [setpriv, "--reuid=12345", "--regid=12345", "--clear-groups", sys.executable]
    environment = clean_environment()
    environment.pop("HOME", None)
    # Whether that user may read the repository at all depends on where it lies.
    readable = subprocess.run(
        [*program, "-c", "import serve, numpy"], cwd=ROOT, env=environment, capture_output=True
    )
    if readable.returncode:
        pytest.skip("another user cannot read this checkout")
    check = (
        "import asyncio, sys; from serve.assembly import create_rest; "
        "from serve.settings import from_environment; "
        "app, comparer = create_rest(from_environment()); comparer.warm_up(); "
        "print(comparer.ready)"
    )
    done = subprocess.run(
        [*program, "-c", check], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == "True", done.stderr
