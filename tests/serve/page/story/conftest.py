"""The story in a browser, for its tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.servers import Server
from tests.serve.page.conftest import PATIENCE

BEATS = range(1, 6)
PLANES = (2, 3, 4)
"""Those with a plane of confidence and accuracy."""


def told(chromium: Browser, url: str, beat: int | str = 1, **options: Any) -> Page:
    """The story in a context of its own; without movement unless `options` say otherwise."""
    options = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"} | options
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{url}/?present={beat}")
    return page


@pytest.fixture
def story(chromium: Browser, server: Server) -> Iterator[Page]:
    page = told(chromium, server.url)
    yield page
    page.context.close()


def is_at(page: Page, beat: int) -> None:
    """Exactly this beat is in sight, in the address, and read by a screen reader."""
    expect(page).to_have_url(re.compile(rf"\?present={beat}$"))
    expect(page.locator(".beat:visible")).to_have_count(1)
    expect(page.locator(f"#heading-{beat}")).to_be_focused()
    expect(page.locator("[aria-current=step]")).to_have_attribute("data-step", str(beat))
    expect(page.locator("html")).to_have_attribute("data-drawn", str(beat), timeout=PATIENCE)
