"""Pages of other origins call the APIs only where a deployment allows it: in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness import chromium
from harness.servers import REST, running
from serve import settings

needs_chromium = pytest.mark.skipif(chromium.PROGRAM is None, reason="there is no Chromium here")
FETCH = """async (url) => {
  try {
    const answer = await fetch(url, { method: 'POST', body: 'no picture',
      headers: { 'x-request-id': 'from-afar' } });
    return [answer.status, answer.headers.get('x-request-id')];
  } catch (error) { return ['blocked', null]; }
}"""


@contextmanager
def another_origin(folder: Path) -> Iterator[str]:
    """A page on another port."""
    (folder / "index.html").write_text("<!doctype html><title>another</title>")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@needs_chromium
def test_a_browser_may_call_only_from_an_allowed_origin(tmp_path: Path) -> None:
    with another_origin(tmp_path) as origin, chromium.launched() as browser:
        page = browser.new_page()
        page.goto(origin)

        def fetched(origins: str = "") -> Any:
            with running(REST, TWINLABEL_ALLOW_ORIGINS=origins) as server:
                return page.evaluate(FETCH, f"{server.url}/v1/compare")

        assert fetched() == ["blocked", None]
        allowed = f"https://example.org, {origin}/"
        assert fetched(allowed) == [415, "from-afar"]
        assert fetched("https://example.org") == ["blocked", None]


def test_the_setting_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.from_environment().origins == ()
    monkeypatch.setenv("TWINLABEL_ALLOW_ORIGINS", " https://a.example/ ,https://b.example,")
    assert settings.from_environment().origins == ("https://a.example", "https://b.example")
