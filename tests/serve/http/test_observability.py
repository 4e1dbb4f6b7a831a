"""Request ids, the log, metrics and headers of the real server."""

from __future__ import annotations

import json

import httpx
import pytest

from harness.pictures import Pictures, as_png
from harness.servers import Server


def test_a_request_id_is_echoed_if_it_is_harmless(server: Server) -> None:
    def answered(**headers: str) -> str:
        return httpx.get(f"{server.url}/healthz", headers=headers).headers["x-request-id"]

    assert answered(**{"x-request-id": "abc-1.2_3"}) == "abc-1.2_3"
    for bad in ("a" * 65, "a b", 'a"b', "<b>"):
        assert answered(**{"x-request-id": bad}) != bad
    assert answered() != answered()


def test_a_line_of_log_for_each_request_and_nothing_of_the_picture(
    server: Server, test_pictures: Pictures
) -> None:
    httpx.post(
        f"{server.url}/v1/compare?t_hard=2",
        files={"file": ("secret-name.png", as_png(test_pictures))},
        headers={"x-request-id": "logged-1"},
    )
    log = server.printed()
    (line,) = [line for line in log.splitlines() if "logged-1" in line]
    found = json.loads(line[line.index("{") :])
    assert found.pop("ms") > 0
    assert found == {
        "request": "logged-1",
        "method": "POST",
        "route": "/v1/compare",
        "status": 200,
    }
    assert "secret-name" not in log


def test_metrics_count_by_route_and_not_by_path(server: Server, test_pictures: Pictures) -> None:
    def shown() -> str:
        return httpx.get(f"{server.url}/metrics").text

    httpx.get(f"{server.url}/v1/made-up-by-a-client")
    httpx.post(f"{server.url}/v1/compare", content=b"no picture")
    httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures))
    text = shown()
    assert "made-up-by-a-client" not in text
    for line in (
        'twinlabel_requests_total{route="/v1/compare",status="415"}',
        'twinlabel_requests_total{route="/v1/{rest:path}",status="404"}',
        'twinlabel_errors_total{code="unknown_format"}',
        'twinlabel_request_seconds_bucket{le="0.25",route="/v1/compare"}',
        'twinlabel_batch_pictures_bucket{le="1.0",model="smoothed"}',
        'twinlabel_device_info{device="',
        "twinlabel_pictures_under_way 0.0",
    ):
        assert line in text


@pytest.mark.parametrize("path", ["/healthz", "/v2", "/v1/nothing", "/"])
def test_security_headers(server: Server, path: str) -> None:
    headers = httpx.get(f"{server.url}{path}").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert ("content-security-policy" in headers) == (path != "/")
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_no_cors_and_no_forwarded_address_unless_told(server: Server) -> None:
    headers = {
        "origin": "https://evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "forwarded": "host=evil.example",
    }
    for path in ("/", "/healthz", "/config", "/docs"):
        response = httpx.get(f"{server.url}{path}", headers=headers)
        assert "evil.example" not in response.text
        assert "evil.example" not in str(response.headers)
