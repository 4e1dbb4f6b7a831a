"""The page in real Chromium, on the committed pair."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from contract.cifar10 import CLASSES
from tests.conftest import Server
from tests.serve.pictures import as_png
from train.data import Cifar10

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
# On a developer's machine the rest may run without; in CI a missing browser is a failure.
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="there is no Chromium here"
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PATIENCE = 30_000
"""Milliseconds."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    tab.goto(server.url)
    tab.wait_for_selector("#photo input[type=file]", state="attached")
    yield tab
    context.close()


def test_a_photo_is_uploaded_and_both_answers_are_read(
    page: Page, server: Server, sample: Cifar10, tmp_path: Path
) -> None:
    import httpx

    (tmp_path / "photo.png").write_bytes(as_png(sample, 3))
    rest = httpx.post(f"{server.url}/v1/compare", content=as_png(sample, 3)).json()["results"][0]
    page.set_input_files("#photo input[type=file]", str(tmp_path / "photo.png"))
    for name in ("hard", "smoothed"):
        answer = page.locator(f".tw-answer.tw-{name}")
        expect(answer.locator(".tw-label")).to_have_text(
            rest["models"][name]["label"], timeout=PATIENCE
        )
        shown = answer.locator(".tw-number").inner_text().strip("<>%")
        assert float(shown) == pytest.approx(100 * rest["models"][name]["confidence"], abs=0.011)
    rows = page.locator(".tw-row .tw-class").all_inner_texts()
    assert rows == list(CLASSES)
    assert page.locator(".tw-bar .tw-number").count() == 20
    assert "disagree" in page.locator(".tw-sentence").inner_text() or rest["agree"]
    assert page.locator("#seen img").get_attribute("src", timeout=PATIENCE)


def test_a_sample_is_clicked(page: Page) -> None:
    samples = page.locator("#samples button")
    # Parts of the page appear one by one: ask for the tenth, and it is waited for.
    expect(samples.nth(9)).to_be_visible(timeout=PATIENCE)
    samples.nth(8).click()
    expect(page.locator(".tw-answer.tw-hard .tw-label")).not_to_have_text("–", timeout=PATIENCE)


def test_what_is_no_picture_gets_a_readable_message(page: Page, tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"this is no picture")
    page.set_input_files("#photo input[type=file]", str(tmp_path / "no.png"))
    message = page.get_by_text("not a picture that can be read here")
    expect(message).to_be_visible(timeout=PATIENCE)


def test_the_page_says_where_it_runs_and_what_it_is_not(page: Page) -> None:
    expect(page.locator(".tw-badge")).to_contain_text("Running on")
    expect(page.locator(".tw-footer")).to_contain_text("one of ten classes")
    expect(page.locator("#tw-origin")).to_have_text(page.url.rstrip("/"))


def test_nothing_is_asked_of_another_host(chromium: Browser, server: Server) -> None:
    context = chromium.new_context()
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(server.url)
    tab.wait_for_selector("#photo input[type=file]", state="attached", timeout=PATIENCE)
    tab.wait_for_timeout(500)
    context.close()
    assert len(asked) > 10
    own = (server.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_sticks_out(chromium: Browser, server: Server, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844})
    tab = context.new_page()
    tab.goto(server.url)
    tab.wait_for_selector("#samples button", timeout=PATIENCE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
