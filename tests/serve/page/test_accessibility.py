"""The page with a keyboard, on a phone, in dark mode, and as axe sees it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from contract.cifar10 import CLASSES
from harness.servers import Server
from serve.page.tabs import TABS
from tests.serve.page.conftest import a_sample, needs_chromium, opened, show

pytestmark = needs_chromium

TITLES = [tab.title for tab in TABS]


def test_with_the_keyboard_alone(page: Page) -> None:
    sample = page.locator("#samples button").first
    sample.focus()
    page.keyboard.press("Enter")
    expect(sample).to_have_attribute("aria-pressed", "true")
    page.locator("#temperatures-hard").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#results")).to_contain_text("at T = 1.07")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        (390, True),
        pytest.param(390, False, marks=pytest.mark.slow),
        pytest.param(1440, False, marks=pytest.mark.slow),
        pytest.param(1440, True, marks=pytest.mark.slow),
    ],
)
def test_nothing_sticks_out_and_axe_finds_nothing_serious(
    chromium: Browser, server: Server, width: int, dark: bool
) -> None:
    # The longest class name, marked as right: the widest answer that there is.
    sample = a_sample(CLASSES.index("automobile"))
    page = opened(chromium, f"{server.url}/?sample={sample}", width=width, dark=dark)
    expect(page.locator("#seen img")).to_be_visible()
    found: list[str] = []
    for tab in TITLES:
        if tab != TITLES[0]:
            show(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append(f"{tab}: {violation['id']}: {nodes}")
    page.context.close()
    assert not found, "\n".join(found)
