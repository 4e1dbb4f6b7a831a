"""The gallery: its order, its filters in the address, and what it says of its choice."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from contract.artifacts import manifest
from contract.cifar10 import CLASSES
from harness.chromium import slide
from harness.paths import COMMITTED
from harness.servers import Server
from serve.page.parts.samples import Samples
from tests.serve.page.conftest import needs_chromium, opened, show

pytestmark = needs_chromium


def values(items: Locator, name: str) -> list[str]:
    found: list[str] = items.evaluate_all(
        "(items, name) => items.map((item) => item.dataset[name])", name
    )
    return found


def test_it_says_that_its_pictures_were_chosen(page: Page) -> None:
    show(page, "Gallery")
    pair = manifest.read(COMMITTED)
    samples = Samples(COMMITTED, pair.model_hashes)
    right = sum(shown.answers["hard"].right for shown in samples.all) / len(samples.all)
    said = page.locator("#gallery .tw-sentence")
    expect(said).to_contain_text("are not representative")
    expect(said).to_contain_text(f"right on {right:.0%} of them")
    expect(said).to_contain_text(f"on {pair.models['hard'].test_accuracy:.1%} of all test pictures")


def test_it_is_sorted(page: Page) -> None:
    show(page, "Gallery")
    shown = page.locator("#gallery li:not([hidden])")
    page.get_by_label("Sort by").select_option("smoothed")
    sure = [float(value) for value in values(shown, "smoothed")]
    assert sure == sorted(sure, reverse=True)
    page.get_by_label("Sort by").select_option("class")
    names = values(shown, "true")
    assert names == sorted(names)
    assert "sort=class" in page.url


def test_a_link_has_all_filters_and_another_visitor_sees_the_same(
    page: Page, chromium: Browser
) -> None:
    show(page, "Gallery")
    page.get_by_text("both are wrong").click()
    page.get_by_label("Model", exact=True).select_option("smoothed")
    page.get_by_label("Its answer").select_option("cat")
    page.get_by_label("Sort by").select_option("difference")
    slide(page.locator("[data-filter=sure]"), 40)
    shown = page.locator("#gallery li:not([hidden])")
    assert set(values(shown, "smoothedSaid")) == {"cat"}
    for part in ("group=both_wrong", "by=smoothed", "said=cat", "sort=difference", "sure=40"):
        assert part in page.url
    here = values(shown, "place")
    assert here
    other = opened(chromium, page.url)
    there = other.locator("#gallery li:not([hidden])")
    expect(other.locator("#tw-count")).to_have_text(re.compile(rf"^{len(here)} picture"))
    assert values(there, "place") == here
    other.context.close()


def test_nonsense_in_the_address_shows_everything(chromium: Browser, server: Server) -> None:
    page = opened(chromium, f"{server.url}/?tab=gallery&group=x&true=<b>&sure=-4&by=none&sort=9")
    expect(page.locator("#tw-count")).to_have_text(re.compile(r"^\d{3} pictures$"))
    expect(page.get_by_label("True class", exact=True)).to_have_value("")
    expect(page.get_by_label("Model", exact=True)).to_have_value("hard")
    page.context.close()


def test_a_cell_of_the_confusion_matrix_opens_it_filtered(page: Page) -> None:
    show(page, "Evidence")
    cells = page.locator("#confusion .tw-matrix.tw-smoothed a")
    cells.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    row, column = page.evaluate(
        "[document.activeElement.dataset.row, document.activeElement.dataset.column]"
    )
    assert (int(row), int(column)) != (0, 0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", selected=True)).to_have_text("Gallery")
    shown = page.locator("#gallery li:not([hidden])")
    expect(shown.first).to_be_visible()
    assert set(values(shown, "true")) == {CLASSES[int(row)]}
    assert set(values(shown, "smoothedSaid")) == {CLASSES[int(column)]}
    page.go_back()
    expect(page.get_by_role("tab", selected=True)).to_have_text("Evidence")
