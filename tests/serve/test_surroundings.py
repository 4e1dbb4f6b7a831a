"""Surroundings in which the application must start: Kubernetes, dead proxies."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

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
    "https_proxy": "no address at all",
    "NO_PROXY": "[::1",
    "SSL_CERT_FILE": "/nowhere/certificates.pem",
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
