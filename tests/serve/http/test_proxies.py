"""Behind a real proxy: under a path, with TLS in front, and with idle connections kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from harness import chromium, nginx
from harness.pictures import Pictures, as_png
from harness.servers import REST, WITH_PAGE, Server, free_port, running
from serve.process import server as http_server

needs_nginx = pytest.mark.skipif(nginx.PROGRAM is None, reason="there is no nginx here")
needs_chromium = pytest.mark.skipif(chromium.PROGRAM is None, reason="there is no Chromium here")
SITE = """
  client_max_body_size 64m;
  server {{
    listen 127.0.0.1:{port};
    location = /twin {{ return 302 /twin/; }}
    location /twin/ {{
      proxy_pass http://127.0.0.1:{upstream}{path};
      proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_buffering off;
      proxy_set_header X-Forwarded-Prefix /twin;
    }}
  }}
"""


@contextmanager
def proxied(server: Server, folder: Path, path: str) -> Iterator[str]:
    """The address of nginx in front of `server`; `path` is what it puts in place of /twin/."""
    port = free_port()
    upstream = server.url.rsplit(":", 1)[1]
    with nginx.running(SITE.format(port=port, upstream=upstream, path=path), port, folder):
        yield f"http://127.0.0.1:{port}/twin/"


@needs_nginx
@needs_chromium
@pytest.mark.parametrize("path", ["/", ""], ids=["prefix taken off", "prefix left on"])
def test_under_a_path_everything_works(tmp_path: Path, test_pictures: Pictures, path: str) -> None:
    (tmp_path / "a.png").write_bytes(as_png(test_pictures, 3))
    uploads = str(tmp_path / "uploads")
    with (
        running(
            WITH_PAGE, log=tmp_path / "log", TWINLABEL_ROOT_PATH="/twin", GRADIO_TEMP_DIR=uploads
        ) as server,
        proxied(server, tmp_path / "nginx", path) as url,
        chromium.launched() as browser,
    ):
        answer = httpx.post(f"{url}v1/compare", content=as_png(test_pictures))
        assert answer.status_code == 200
        page = browser.new_page()
        failed: list[str] = []
        page.on("response", lambda got: failed.append(got.url) if got.status >= 400 else None)
        page.goto(url)
        page.locator("#samples button").nth(8).click()
        expect(page.locator("#seen img")).to_be_visible()
        page.set_input_files("#photo input[type=file]", str(tmp_path / "a.png"))
        expect(page.locator("#seen")).to_contain_text("What the models see: 32 × 32 pixels")
        sheet = page.evaluate(
            "getComputedStyle(document.documentElement).getPropertyValue('--tw-sheet')"
        )
        assert "/twin/gallery.png" in sheet
        page.get_by_text("Use it by API").click()
        expect(page.locator("#tw-curl")).to_contain_text(f"{url}v1/compare")
        assert page.locator("a.tw-docs").get_attribute("href") == "/twin/docs"
        page.goto(f"{url}docs")
        expect(page.locator(".opblock").first).to_be_visible()
        assert failed == []


def test_an_untrusted_proxy_with_tls_is_named_once(tmp_path: Path) -> None:
    with running(REST, log=tmp_path / "log") as server:
        for _ in range(3):
            httpx.get(f"{server.url}/healthz", headers={"x-forwarded-proto": "https"})
        assert server.printed().count("TWINLABEL_TRUST_PROXY=true") == 1


def test_an_idle_connection_outlives_a_proxys() -> None:
    """nginx keeps its own for 60 s: the server must not be the first to close."""
    assert http_server.SECONDS_KEPT_ALIVE > 60
