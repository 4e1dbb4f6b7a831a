"""How the page arrives, here and on a slow line, and how often the camera is answered."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

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


def measured(browser: Browser, url: str) -> dict[str, tuple[float, float | None]]:
    """What was measured and its target, if it has one, by name."""
    here, slow = _arrived(browser, url), _arrived(browser, url, slow=True)
    return {
        "layout shift on arrival": (round(here.evaluate("window.shifted"), 3), 0.05),
        "kB on arrival": (round(here.evaluate(_BYTES) / 1000), None),
        "slow line: ms to the first answer": (round(slow.evaluate("window.answered")), 2000),
        "slow line: ms to the tiles": (round(slow.evaluate("window.tiled")), 3000),
        "camera: answers a second": (_camera(here), 15),
    }


def _arrived(browser: Browser, url: str, slow: bool = False) -> Page:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.context.grant_permissions(["camera"])
    page.add_init_script(_WATCH)
    if slow:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", _SLOW)
    page.goto(url, timeout=_PATIENCE)
    page.wait_for_selector("body[data-arrived]", timeout=_PATIENCE)
    page.wait_for_timeout(1500)
    return page


def _camera(page: Page) -> float:
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("window.twLiveCount >= 10", timeout=_PATIENCE)
    before: int = page.evaluate("window.twLiveCount")
    page.wait_for_timeout(1000 * SECONDS)
    after: int = page.evaluate("window.twLiveCount")
    return round((after - before) / SECONDS, 1)
