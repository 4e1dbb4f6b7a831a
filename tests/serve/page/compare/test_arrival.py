"""The first screen: there before Gradio is, steady, whole, on every screen and for every user."""

from __future__ import annotations

import re
from itertools import pairwise

import httpx
import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from contract.twins import NAMES
from harness.servers import Server
from tests.serve.page.conftest import a_sample, arrived, needs_chromium, opened, said

_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
  if (!each.hadRecentInput) window.shifted += each.value;
})).observe({ type: 'layout-shift', buffered: true });
"""
TOUCH = 44
"""Pixels: the least height of what a finger touches."""


def first_screen(html: str) -> str:
    return html.split('<div id="tw-arrival"')[1].split("<gradio-app")[0]


def test_the_first_screen_is_sent_as_html(server: Server) -> None:
    html = httpx.get(f"{server.url}/?sample={a_sample()}&t_hard=2.00").text
    screen = first_screen(html)
    assert f'data-sample="{a_sample()}"' in screen
    assert screen.count("<article") == len(NAMES)
    assert "at T = 2.00" in screen
    tiles = re.search(r'--tw-tiles: url\("data:image/webp;base64,([^"]*)"\)', html)
    assert tiles is not None
    assert len(tiles[1]) < 60_000  # the gallery's whole sheet has a megabyte
    assert screen.count("data-index=") > 0


def test_another_tab_arrives_without_answers(server: Server) -> None:
    screen = first_screen(httpx.get(f"{server.url}/?tab=learn&sample={a_sample()}").text)
    assert "<article" not in screen
    assert "<h1>" in screen


def test_an_address_cannot_put_anything_into_the_page(server: Server) -> None:
    attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for name in ("sample", "t_hard", "sets", "tab"):
        html = httpx.get(f"{server.url}/?{name}={attack}").text
        assert "<script>alert(1)" not in html


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found
    return found


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (820, 1180), (390, 844)])
def test_nothing_shifts_on_arrival_and_the_large_sheet_is_not_asked_for(
    chromium: Browser, server: Server, width: int, height: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(_SHIFTS)
    page.goto(server.url)
    arrived(page)
    page.wait_for_timeout(1000)
    assert page.evaluate("window.shifted") < 0.05
    assert not [url for url in asked if url.endswith("/gallery.png")]
    context.close()


@needs_chromium
def test_all_that_matters_is_above_the_fold(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server.url, width=1280, height=720)
    for part in ("#seen img", "#results .tw-bars", "#switches", "#controls", "#samples"):
        found = box(page.locator(part))
        assert found["y"] >= 0, part
        assert found["y"] + found["height"] <= 720, part
    page.context.close()


@needs_chromium
@pytest.mark.parametrize("width", [768, 900, 1100, 1280])
def test_no_number_is_printed_over_a_label(chromium: Browser, server: Server, width: int) -> None:
    page = opened(chromium, f"{server.url}/?t_hard=2.00&t_smoothed=0.50", width=width)
    for name in NAMES:
        answer = page.locator(f"#results .tw-answer.tw-{name}")
        rows = [box(answer.locator(part)) for part in (".tw-says", ".tw-sure")]
        for left, right in pairwise(rows):
            assert left["x"] + left["width"] <= right["x"] + 1
        assert answer.evaluate("e => e.scrollWidth <= e.clientWidth")
        key, says = box(answer.locator(".tw-key")), box(answer.locator(".tw-says"))
        beside = key["x"] + key["width"] <= says["x"] + 1
        above = key["y"] + key["height"] <= says["y"] + 1
        assert beside or above
        assert answer.locator(".tw-key").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.context.close()


@needs_chromium
def test_on_a_phone_the_answer_is_in_sight_and_stays_there(
    chromium: Browser, server: Server
) -> None:
    page = opened(chromium, server.url, width=390, height=844)
    brief, seen = page.locator("#results .tw-brief"), page.locator("#seen img")
    for part in (brief, seen, said(page, "hard"), page.locator("#samples .tw-choice").first):
        expect(part).to_be_in_viewport()
    page.mouse.wheel(0, 350)
    page.wait_for_timeout(300)
    expect(brief).to_be_in_viewport(ratio=0.9)
    expect(seen).to_be_in_viewport(ratio=0.9)
    # Samples are within the thumb's reach: in the lower third of the screen.
    page.locator("#samples .tw-choice").nth(2).click()
    assert box(page.locator("#samples"))["y"] > 844 * 0.6
    for control in page.locator(
        "#controls button:visible, #tabs [role=tab], #switches label"
    ).all():
        assert box(control)["height"] >= TOUCH
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


@needs_chromium
def test_people_who_choose_their_colours_see_bars_and_ticks(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    canvas = page.evaluate(
        "() => { const e = document.createElement('i'); e.style.color = 'Canvas';"
        " document.body.append(e); return getComputedStyle(e).color; }"
    )
    for part in (".tw-gauge .tw-fill", ".tw-tick-of", ".tw-wrong"):
        parts = page.locator(f"#results {part}")
        if parts.count():
            colour = parts.first.evaluate("e => getComputedStyle(e).backgroundColor")
            assert colour not in (canvas, "rgba(0, 0, 0, 0)"), part


@needs_chromium
def test_an_answer_has_a_border_all_around(page: Page) -> None:
    answer = page.locator("#results .tw-answer").first
    widths = answer.evaluate("e => getComputedStyle(e).borderWidth")
    assert widths == "1px 1px 1px 6px"


@needs_chromium
def test_what_has_the_focus_is_seen(page: Page) -> None:
    for part in (
        "#samples .tw-choice",
        "#controls button",
        "#switches input",
        "#temperatures-hard",
        "#tabs [role=tab]",
    ):
        page.locator(part).first.focus()
        page.keyboard.press("Shift")  # the focus came by keys
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", part


@needs_chromium
def test_no_text_is_smaller_than_13_pixels(page: Page) -> None:
    small = page.evaluate(
        """() => [...document.querySelectorAll('.gradio-container *')]
          .filter((e) => e.offsetParent && [...e.childNodes].some(
            (n) => n.nodeType === 3 && n.textContent.trim()))
          .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 13)
          .map((e) => e.outerHTML.slice(0, 100))"""
    )
    assert small == []
