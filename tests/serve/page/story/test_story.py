"""The story in real Chromium: keys, the mouse, fingers, the address, and movement."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.artifacts import claims, manifest, report
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.servers import Server
from serve.page.story.words import gap, percent
from tests.serve.page.conftest import PATIENCE, needs_chromium
from tests.serve.page.story.conftest import BEATS, PLANES, is_at, told

pytestmark = needs_chromium


def test_keys_and_a_clicker_go_through_the_five_beats(story: Page) -> None:
    is_at(story, 1)
    for beat, key in zip(BEATS[1:], ["ArrowRight", "Space", "PageDown", "ArrowRight"], strict=True):
        story.keyboard.press(key)
        is_at(story, beat)
    story.keyboard.press("PageDown")  # nothing comes after the last one
    is_at(story, 5)
    for beat, key in zip((4, 3, 2), ["ArrowLeft", "PageUp", "Shift+Space"], strict=True):
        story.keyboard.press(key)
        is_at(story, beat)
    story.keyboard.press("End")
    is_at(story, 5)
    story.keyboard.press("Home")
    is_at(story, 1)


def test_back_goes_through_the_beats_and_escape_leaves(story: Page, server: Server) -> None:
    for beat in (2, 3):
        story.keyboard.press("ArrowRight")
        is_at(story, beat)
    story.go_back()
    is_at(story, 2)
    story.go_forward()
    is_at(story, 3)
    story.keyboard.press("Escape")
    expect(story).to_have_url(f"{server.url}/")
    story.get_by_role("link", name="Present").last.click()
    is_at(story, 1)


@pytest.mark.parametrize("named", ["", "0", "6", "second", "99999999999999999999"])
def test_an_address_that_names_no_beat_gets_the_first(
    chromium: Browser, server: Server, named: str
) -> None:
    page = told(chromium, server.url, named)
    expect(page.locator("#beat-1")).to_be_visible()
    page.context.close()


def test_the_mouse_by_buttons_and_anywhere(story: Page) -> None:
    story.get_by_role("link", name="Next").click()
    is_at(story, 2)
    story.locator("#heading-2").click()
    is_at(story, 3)
    story.get_by_role("link", name=re.compile("^5 of 5")).click()
    is_at(story, 5)
    story.get_by_role("link", name="Previous").click()
    is_at(story, 4)


def swipe(page: Page, start: int, end: int, down: int = 0) -> None:
    """A finger on the screen, by the browser's own input."""
    session = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": start, "y": 300}]),
        ("touchMove", [{"x": end, "y": 300 + down}]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_fingers_swipe_and_find_buttons_of_44_pixels(chromium: Browser, server: Server) -> None:
    page = told(
        chromium, server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    swipe(page, 300, 100)
    is_at(page, 2)
    swipe(page, 100, 300)
    is_at(page, 1)
    swipe(page, 200, 190)  # hardly moved
    swipe(page, 200, 120, down=250)  # scrolled
    page.locator("#heading-1").tap()  # a finger that touches the text does not go on
    is_at(page, 1)
    page.get_by_role("link", name="Next").tap()
    is_at(page, 2)
    for control in page.locator("a:visible, button:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, control.text_content()
    page.context.close()


def figures(page: Page, name: str) -> dict[str, str]:
    """What stands beside the plane of a model."""
    panel = page.locator(f".panel[data-model={name}]")
    return {
        part: str(panel.locator(f"[data-{part}]").text_content())
        for part in ("sure", "right", "gap")
    }


def in_words(sure: float, right: float) -> dict[str, str]:
    return {"sure": percent(sure), "right": percent(right), "gap": gap(sure, right)}


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_on_the_screen_are_the_reports(story: Page, name: str) -> None:
    found, _ = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    measured = found.splits["test"].models[name]
    last = [severities[-1][name] for severities in found.corruptions.values()]
    shown = {
        2: (measured.raw.metrics["confidence"].value, measured.accuracy.value),
        3: (measured.scaled.metrics["confidence"].value, measured.accuracy.value),
        4: (
            sum(b.confidence for b in last) / len(last),
            sum(b.accuracy or 0 for b in last) / len(last),
        ),
    }
    for beat, (sure, right) in shown.items():
        story.keyboard.press("ArrowRight")
        is_at(story, beat)
        assert figures(story, name) == in_words(sure, right)
        # A screen reader gets the same in sentences.
        said = str(story.locator(f"#beat-{beat} .tw-hidden").text_content())
        if beat != 3:
            assert all(figure in said for figure in in_words(sure, right).values())
        else:
            ece = [percent(c.metrics["ece"].value) for c in (measured.raw, measured.scaled)]
            assert f"goes from {ece[0]} to {ece[1]}" in said


def test_every_claim_stands_under_its_verdict(story: Page) -> None:
    story.keyboard.press("End")
    settled = claims.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    for claim in settled.claims:
        group = story.locator(f".verdict[data-verdict='{claim.verdict}']")
        expect(group.get_by_text(f"… {claim.text}", exact=True)).to_be_visible()


def test_movement_ends_where_a_page_without_movement_begins(
    chromium: Browser, server: Server
) -> None:
    still = told(chromium, server.url, 2)
    moving = told(chromium, server.url, 2, reduced_motion="no-preference")
    assert moving.locator("html").get_attribute("data-drawn") is None
    expect(moving.get_by_role("button", name="Play again")).to_be_visible()
    expect(still.get_by_role("button", name="Play again")).to_be_hidden()
    for beat in PLANES:
        is_at(still, beat)
        is_at(moving, beat)
        planes = [
            page.locator(".plane").evaluate_all("all => all.map((svg) => svg.innerHTML)")
            for page in (still, moving)
        ]
        assert points(planes[0]) == points(planes[1])
        for page in (still, moving):
            page.keyboard.press("ArrowRight")
    for page in (still, moving):
        page.context.close()


def points(planes: list[str]) -> list[list[str]]:
    """The points of each plane, as they are drawn."""
    found = [re.findall(r'<(?:circle|rect) class="point[^>]*>', plane) for plane in planes]
    assert all(found)
    return found


def test_the_full_screen_is_offered_and_never_forced(story: Page) -> None:
    for _ in range(2):
        story.keyboard.press("ArrowRight")
    assert story.evaluate("document.fullscreenElement") is None
    story.get_by_role("button", name="Full screen").click()
    story.wait_for_function("document.fullscreenElement !== null", timeout=PATIENCE)
    expect(story.locator("#beat-3")).to_be_visible()
    story.get_by_role("button", name="Leave full screen").click()
    story.wait_for_function("document.fullscreenElement === null", timeout=PATIENCE)
