"""How the page and its story arrive, here and on a slow line, and how fast both move."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, ViewportSize

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
SECONDS = 5
"""How long the camera runs."""
_SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 93_750,
}
"""1.6 Mbit/s down, 0.75 up, with 150 ms: a phone's slow line, as Lighthouse has it."""
_PATIENCE = 60_000
_PHONE = ViewportSize(width=390, height=844)
_WIDE = ViewportSize(width=1440, height=900)
_WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
  if (!each.hadRecentInput) window.shifted += each.value;
})).observe({ type: 'layout-shift', buffered: true });
const look = () => {
  const seen = (query) => document.querySelector(query) !== null;
  window.answered ||= seen('#arrival-results [data-kind]') && performance.now();
  window.tiled ||= seen('#arrival-samples .tw-choice') && performance.now();
  requestAnimationFrame(look);
};
look();
"""
_BYTES = """performance.getEntriesByType('resource')
  .concat(performance.getEntriesByType('navigation'))
  .reduce((total, each) => total + each.transferSize, 0)"""

_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_COUNT_FRAMES = """() => {
  window.began = performance.now();
  window.frames_drawn = 0;
  const count = () => { window.frames_drawn += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
}"""


def measured(browser: Browser, url: str) -> dict[str, tuple[float, float | None]]:
    """What was measured and its target, if it has one, by name."""
    here, slow = _arrived(browser, url), _arrived(browser, url, slow=True)
    wide = _arrived(browser, url, size=_WIDE)
    story = _page(browser, slow=True)
    story.goto(f"{url}/?present=1", timeout=_PATIENCE)
    story.wait_for_selector("[data-drawn]", timeout=_PATIENCE)
    return {
        "layout shift on arrival, 390x844": (round(here.evaluate("window.shifted"), 3), 0.05),
        "layout shift on arrival, 1440x900": (round(wide.evaluate("window.shifted"), 3), 0.05),
        "kB on arrival": (round(here.evaluate(_BYTES) / 1000), None),
        "slow line: ms to the first answer": (round(slow.evaluate("window.answered")), 2000),
        "slow line: ms to the tiles": (round(slow.evaluate("window.tiled")), 3000),
        "camera: answers a second": (_camera(here), 15),
        "slow line: ms to the story's first beat": (round(story.evaluate(_PAINTED)), 2000),
        "kB of the story": (round(story.evaluate(_BYTES) / 1000), None),
        "story: frames a second, as the grains fall": (_frames(browser, url), 30),
    }


def _page(browser: Browser, size: ViewportSize = _PHONE, slow: bool = False) -> Page:
    page = browser.new_context(viewport=size).new_page()
    page.context.grant_permissions(["camera"])
    page.add_init_script(_WATCH)
    if slow:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", _SLOW)
    return page


def _arrived(browser: Browser, url: str, size: ViewportSize = _PHONE, slow: bool = False) -> Page:
    page = _page(browser, size, slow)
    page.goto(url, timeout=_PATIENCE)
    page.wait_for_selector("body[data-arrived]", timeout=_PATIENCE)
    page.wait_for_timeout(1500)
    return page


def _frames(browser: Browser, url: str) -> float:
    """The frames a second of the beat in which every test picture falls into its bin."""
    page = _page(browser, _WIDE)
    page.goto(f"{url}/?present=1", timeout=_PATIENCE)
    page.wait_for_selector("[data-drawn='1']", timeout=_PATIENCE)
    page.evaluate(_COUNT_FRAMES)
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[data-drawn='2']", timeout=_PATIENCE)
    return round(
        float(page.evaluate("1000 * window.frames_drawn / (performance.now() - began)")), 1
    )


def _camera(page: Page) -> float:
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("window.twLiveCount >= 10", timeout=_PATIENCE)
    before: int = page.evaluate("window.twLiveCount")
    page.wait_for_timeout(1000 * SECONDS)
    after: int = page.evaluate("window.twLiveCount")
    return round((after - before) / SECONDS, 1)
