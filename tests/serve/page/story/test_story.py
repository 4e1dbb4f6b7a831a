"""The story in real Chromium: keys, fingers, the address, no movement, a phone, and what axe sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from contract.artifacts import claims, manifest, report
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.servers import Server
from serve.page.story.words import gap, percent
from tests.serve.page.conftest import PATIENCE, needs_chromium

pytestmark = needs_chromium

BEATS = range(1, 6)
PLANES = (2, 3, 4)


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
    expect(page.locator("html")).to_have_attribute("data-drawn", str(beat))


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


@pytest.mark.parametrize(
    ("width", "height"), [(1440, 900), (1280, 720), (820, 1180), (390, 844), (844, 390)]
)
def test_each_beat_fits_the_screen(
    chromium: Browser, server: Server, width: int, height: int
) -> None:
    page = told(chromium, server.url, viewport={"width": width, "height": height})
    for beat in BEATS:
        is_at(page, beat)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect(page.locator(f"#heading-{beat}")).to_be_in_viewport(ratio=1)
        if beat in PLANES:
            for part in page.locator(".plane, .readout b, .gap").all():
                expect(part).to_be_in_viewport(ratio=0.99)
            assert page.evaluate(_OVERLAPS) == []
        page.keyboard.press("ArrowRight")
    page.context.close()


_OVERLAPS = """() => {
  const parts = [...document.querySelectorAll('h1, .lead, .readout, .note, .steps, .tools')]
    .filter((part) => part.offsetParent !== null || getComputedStyle(part).position === 'fixed')
    .map((part) => [part.className || part.id, part.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0);
  const found = [];
  parts.forEach(([one, a], k) => parts.slice(k + 1).forEach(([other, b]) => {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    const nav = one === 'steps' && other === 'tools';
    if (across > 1 && down > 1 && !nav) found.push(`${one} over ${other}`);
  }));
  return found;
}"""
"""Texts that lie over one another. The steps' own row is as wide as the screen."""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(
    chromium: Browser, server: Server, width: int, dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    page = told(chromium, server.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for beat in BEATS:
        is_at(page, beat)
        found = [
            f"{violation['id']}: {[node['html'][:120] for node in violation['nodes'][:3]]}"
            for violation in Axe().run(page).response["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
        assert not found, f"beat {beat}: {found}"
        page.keyboard.press("ArrowRight")
    page.context.close()


def test_chosen_colours_are_kept_and_points_are_seen(chromium: Browser, server: Server) -> None:
    page = told(chromium, server.url, 3, forced_colors="active")
    is_at(page, 3)
    colours = page.evaluate(
        """() => {
          const probe = document.createElement('i');
          document.body.append(probe);
          const system = ['Canvas', 'CanvasText'].map((name) => {
            probe.style.color = name;
            return getComputedStyle(probe).color;
          });
          const point = getComputedStyle(document.querySelector('.plane .point')).fill;
          const dot = getComputedStyle(document.querySelector('[aria-current] i')).backgroundColor;
          return { canvas: system[0], text: system[1], point, dot };
        }"""
    )
    assert colours["point"] == colours["dot"] == colours["text"] != colours["canvas"]
    page.context.close()


def test_the_full_screen_is_offered_and_never_forced(story: Page) -> None:
    for _ in range(2):
        story.keyboard.press("ArrowRight")
    assert story.evaluate("document.fullscreenElement") is None
    story.get_by_role("button", name="Full screen").click()
    story.wait_for_function("document.fullscreenElement !== null", timeout=PATIENCE)
    is_at(story, 3)
    story.get_by_role("button", name="Leave full screen").click()
    story.wait_for_function("document.fullscreenElement === null", timeout=PATIENCE)


def test_it_asks_for_nothing_else_and_its_policy_holds(chromium: Browser, server: Server) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(f"{server.url}/?present=1")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    for beat in BEATS:
        is_at(page, beat)
        page.keyboard.press("ArrowRight")
    assert [url for url in asked if not url.startswith("data:")] == [f"{server.url}/?present=1"]
    assert said == []
    ran = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran; }"
    )
    assert ran is None, "the policy let a script run that it does not name"
    context.close()


def test_without_scripts_the_links_still_lead_through_the_texts(
    chromium: Browser, server: Server
) -> None:
    page = told(chromium, server.url, java_script_enabled=False)
    for beat in BEATS[1:]:
        page.get_by_role("link", name="Next").click()
        expect(page.locator(".beat:visible")).to_have_count(1)
        expect(page.locator(f"#heading-{beat}")).to_be_visible()
    page.context.close()
