"""The page in two processes behind deploy/nginx, with two visitors in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from harness import chromium, nginx
from harness.servers import Server, running
from tests.deploy.sites import PAGE_BEHIND, in_front
from tests.serve.page.conftest import PATIENCE, needs_chromium, opened

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(nginx.PROGRAM is None, reason="there is no nginx here"),
    needs_chromium,
]
STICKY = "hash $twinlabel_visitor consistent;"
EVENTS = 10
"""Of each visitor."""
SECONDS_WITHOUT = 10
"""How long the control waits for an answer that does not come."""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers with the page."""
    uploads = [str(tmp_path_factory.mktemp(name) / "uploads") for name in ("a", "b")]
    with (
        running(PAGE_BEHIND, GRADIO_TEMP_DIR=uploads[0]) as first,
        running(PAGE_BEHIND, GRADIO_TEMP_DIR=uploads[1]) as second,
    ):
        yield [first, second]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as found:
        yield found


def test_every_event_of_two_visitors_is_answered(
    two: list[Server], browser: Browser, tmp_path: Path
) -> None:
    with in_front(two, tmp_path / "nginx", page=two) as url:
        visitors = [opened(browser, url) for _ in range(2)]
        for number in range(EVENTS):
            for visitor in visitors:
                _choose(visitor, number, PATIENCE)
        names = {visitor.context.cookies()[0]["value"] for visitor in visitors}
        assert len(names) == 2
        for visitor in visitors:
            visitor.context.close()


def test_without_the_cookie_they_are_not(
    two: list[Server], browser: Browser, tmp_path: Path
) -> None:
    """The control: requests that go to either server at random."""

    def at_random(site: str) -> str:
        assert STICKY in site
        return site.replace(STICKY, "random;")

    with in_front(two, tmp_path / "nginx", at_random, page=two) as url:
        visitor = opened(browser, url)
        with pytest.raises(AssertionError):
            _choose_all(visitor, 1000 * SECONDS_WITHOUT)
        visitor.context.close()


def _choose_all(visitor: Page, patience: int) -> None:
    for number in range(EVENTS):
        _choose(visitor, number, patience)


def _choose(visitor: Page, number: int, patience: int) -> None:
    """Click a test picture, and wait until the page shows what the models see of it."""
    seen = visitor.locator("#seen img")
    before = seen.get_attribute("src") if seen.count() else ""
    visitor.locator("#samples button").nth(number).click()
    expect(seen).to_be_visible(timeout=patience)
    expect(seen).not_to_have_attribute("src", before or "", timeout=patience)
