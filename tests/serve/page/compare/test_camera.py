"""The live camera, by Chromium's fake one: one request at a time, freezing, and when it stops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.twins import NAMES
from harness.chromium import launched
from harness.servers import Server
from serve.page.compare.live import PATH
from tests.serve.page.conftest import needs_chromium, opened, said, show

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One with a camera, whose picture changes all the time."""
    with launched(
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
    ) as browser:
        yield browser


@pytest.fixture
def camera(chromium: Browser, server: Server) -> Iterator[Page]:
    page = opened(chromium, server.url)
    page.context.grant_permissions(["camera"])
    yield page
    page.context.close()


def test_the_camera_is_answered_live_one_request_at_a_time(camera: Page) -> None:
    under_way, most = 0, 0

    def begun(request: object) -> None:
        nonlocal under_way, most
        if PATH in request.url:  # type: ignore[attr-defined]
            under_way += 1
            most = max(most, under_way)

    def ended(request: object) -> None:
        nonlocal under_way
        if PATH in request.url:  # type: ignore[attr-defined]
            under_way -= 1

    camera.on("request", begun)
    camera.on("requestfinished", ended)
    switch = camera.get_by_role("button", name="Camera")
    switch.click()
    camera.wait_for_function("window.twLiveCount >= 5")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(camera.locator("#tw-video")).to_be_visible()
    for name in NAMES:
        expect(said(camera, name)).not_to_have_text("–")
    assert most == 1
    camera.get_by_role("button", name="Freeze").click()
    expect(camera.get_by_role("button", name="Go on")).to_be_visible()
    camera.wait_for_timeout(500)
    frozen = camera.evaluate("window.twLiveCount")
    camera.wait_for_timeout(500)
    assert camera.evaluate("window.twLiveCount") == frozen
    camera.get_by_role("button", name="Go on").click()
    camera.wait_for_function("count => window.twLiveCount > count", arg=frozen)
    # Another tab ends it, and so does another picture.
    show(camera, "Gallery")
    stopped = camera.evaluate("window.twLiveCount")
    camera.wait_for_timeout(500)
    assert camera.evaluate("window.twLiveCount") - stopped <= 1
    assert camera.evaluate("document.querySelector('#tw-video').srcObject") is None
    show(camera, "Compare")
    tile = camera.locator("#samples .tw-choice").first
    tile.click()
    expect(camera.locator("#seen [data-sample]")).to_have_attribute(
        "data-sample", str(tile.get_attribute("data-index"))
    )
    expect(camera.locator("#tw-stage")).to_be_hidden()


def test_the_camera_stops_when_the_page_is_hidden(camera: Page) -> None:
    camera.get_by_role("button", name="Camera").click()
    camera.wait_for_function("window.twLiveCount >= 1")
    camera.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true});"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    expect(camera.locator("#tw-video")).to_be_hidden()
    assert camera.evaluate("document.querySelector('#tw-video').srcObject") is None


@pytest.mark.slow
def test_the_camera_gets_15_answers_a_second(camera: Page) -> None:
    camera.get_by_role("button", name="Camera").click()
    camera.wait_for_function("window.twLiveCount >= 10")
    before = camera.evaluate("window.twLiveCount")
    camera.wait_for_timeout(4000)
    assert (camera.evaluate("window.twLiveCount") - before) / 4 >= 15
