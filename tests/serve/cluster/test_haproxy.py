"""The configuration of HAProxy, made stricter than Ray writes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.servers import CLUSTER_PYTHON
from serve.cluster.haproxy import (
    LARGEST_HEADERS,
    SECONDS_FOR_HEADERS,
    UnknownTemplateError,
    stricter,
)
from serve.process import protocol

# What Ray 2.60 writes, without comments, metrics and most time-outs.
OF_RAY = """global
    maxconn 4096
    nbthread 4
defaults
    mode http
    timeout connect 5s
    timeout client 15s
    timeout server 60s
    timeout http-keep-alive 90s
    errorfile 502 {folder}/500.http
    errorfile 503 {folder}/500.http
    errorfile 504 {folder}/500.http
    balance leastconn
frontend prometheus
    bind :9101
    mode http
frontend http_frontend
    bind 127.0.0.1:7860
    default_backend default_backend
backend default_backend
    http-request return status 404 content-type text/plain lf-string "Path not found."
listen stats
  bind *:8404
  stats enable
"""


def test_its_own_pages_are_on_loopback() -> None:
    bound = [line.strip() for line in stricter(OF_RAY).splitlines() if " bind " in line]
    assert bound == ["bind 127.0.0.1:9101", "bind 127.0.0.1:7860", "bind 127.0.0.1:8404"]


def test_where_requests_come_in_stays_as_it_was_set() -> None:
    everywhere = OF_RAY.replace("127.0.0.1:7860", "*:8000")
    bound = [line.strip() for line in stricter(everywhere).splitlines() if " bind " in line]
    assert bound == ["bind 127.0.0.1:9101", "bind *:8000", "bind 127.0.0.1:8404"]


def test_the_limits_on_headers_are_those_of_the_server() -> None:
    assert LARGEST_HEADERS == protocol.LARGEST_HEADERS
    assert SECONDS_FOR_HEADERS == protocol.SECONDS_FOR_HEADERS


def test_without_a_replica_the_status_is_503_and_one_may_ask_again() -> None:
    config = stricter(OF_RAY)
    assert "500.http" not in config
    assert "status 404" not in config
    for status in (502, 503, 504):
        (line,) = [x for x in config.splitlines() if f"http-error status {status}" in x]
        assert line.endswith("hdr retry-after 1")
    (line,) = [x for x in config.splitlines() if "return status 503" in x]
    assert line.endswith("hdr retry-after 1")


def test_it_is_done_once() -> None:
    once = stricter(OF_RAY)
    assert stricter(once) == once


@pytest.mark.parametrize("behind_a_proxy", [False, True])
def test_what_clients_say_of_their_address_counts_only_behind_a_proxy(behind_a_proxy: bool) -> None:
    config = stricter(OF_RAY, behind_a_proxy)
    assert ("del-header x-forwarded-for" in config) is not behind_a_proxy
    assert "option forwardfor" in config


@pytest.mark.parametrize(
    "lost", ["    mode http\n", "    bind 127.0.0.1:7860\n", "    bind :9101\n", "  bind *:8404\n"]
)
def test_another_template_is_refused(lost: str) -> None:
    with pytest.raises(UnknownTemplateError):
        stricter(OF_RAY.replace(lost, "", 1))


@pytest.mark.skipif(not CLUSTER_PYTHON.exists(), reason="Ray is not installed")
def test_haproxy_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    (tmp_path / "500.http").write_text("HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n")
    file.write_text(OF_RAY.replace("{folder}", str(tmp_path)))
    program = Path("serve/cluster/haproxy.py").resolve()
    done = subprocess.run(
        [CLUSTER_PYTHON, program, "-c", "-f", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "127.0.0.1:9101" in file.read_text()
    file.write_text("global\n")
    done = subprocess.run(
        [CLUSTER_PYTHON, program, "-c", "-f", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("twinlabel: HAProxy's configuration is not the one")
    assert "Traceback" not in done.stderr
