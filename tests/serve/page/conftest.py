"""Fixtures: a real Chromium, and the page in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from contract.artifacts import manifest
from harness.chromium import PROGRAM, WAYS, launched
from harness.paths import COMMITTED
from harness.servers import Server
from serve.page.parts.samples import Samples

# Without Chromium, a developer can still run the other tests; in CI its absence is a failure.
needs_chromium = pytest.mark.skipif(
    PROGRAM is None and "CI" not in os.environ, reason=f"there is no Chromium here; {WAYS}"
)
PATIENCE = 30_000
"""Milliseconds."""


# At most for one module: Playwright's event loop stays in the thread, where asyncio.run then fails.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    tab = opened(chromium, server.url)
    yield tab
    tab.context.close()


def opened(
    chromium: Browser, url: str, width: int = 1440, height: int = 900, dark: bool = False
) -> Page:
    """The page in a browser context of its own, once it can take a picture."""
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    tab.goto(url)
    arrived(tab)
    return tab


def arrived(tab: Page) -> None:
    """Wait until Gradio's page has taken the place of the first screen."""
    tab.wait_for_selector("body[data-arrived]", timeout=PATIENCE)


def said(page: Page, name: str) -> Locator:
    """The class that the model `name` says."""
    return page.locator(f"#results .tw-answer.tw-{name} .tw-label")


def sure(page: Page, name: str) -> float:
    """The model's confidence in percent, to two decimals."""
    text = page.locator(f"#results .tw-answer.tw-{name} .tw-sure .tw-exact").text_content()
    return float(str(text).strip("<>%"))


def upload(page: Page, path: Path) -> None:
    """Choose a photo, and wait for what the server makes of it."""
    page.set_input_files("#photo input[type=file]", str(path))
    expect(page.locator("#seen [data-sample='']")).to_be_attached()


def show(page: Page, title: str) -> None:
    """Open the tab with this title, and wait until it has settled."""
    page.get_by_role("tab", name=title).first.click()
    page.wait_for_timeout(300)


def a_sample(label: int | None = None) -> int:
    """The index of a picture that both models get right, of the class `label` if it is given."""
    samples = Samples(COMMITTED, manifest.read(COMMITTED).model_hashes)
    return next(
        s.sample.index
        for s in samples.all
        if s.sample.group == "both_right" and label in (None, s.sample.label)
    )
