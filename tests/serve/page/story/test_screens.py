"""The story on every screen, as axe sees it, in chosen colours, and what its document may do."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from harness.servers import Server
from tests.serve.page.conftest import needs_chromium
from tests.serve.page.story.conftest import BEATS, PLANES, is_at, told

pytestmark = needs_chromium

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
