"""A real Chromium, and the page in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from benchmarks import browser
from tests.conftest import Server

# On a developer's machine the rest may run without; in CI a missing browser is a failure.
needs_chromium = pytest.mark.skipif(
    browser.PROGRAM is None and "CI" not in os.environ, reason="there is no Chromium here"
)
PATIENCE = 30_000
"""Milliseconds."""


# Not for longer than a module: Playwright's event loop stays in the thread, and asyncio.run fails.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.launched() as found:
        yield found


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    tab = opened(chromium, server.url)
    yield tab
    tab.context.close()


def opened(
    chromium: Browser, url: str, width: int = 1440, height: int = 900, dark: bool = False
) -> Page:
    """The page in a browser of its own, as soon as it can take a picture."""
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    tab.goto(url)
    tab.wait_for_selector("#photo input[type=file], #photo img", state="attached")
    return tab
