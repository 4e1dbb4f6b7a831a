"""What follows the finger: the route for pixels, and the square on a photo. And other questions."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from contract.calibration import LEVELS, level_name
from contract.twins import NAMES
from harness.pictures import Pictures, photo
from harness.servers import Server
from serve.page.compare.live import BYTES, PATH
from tests.serve.page.conftest import needs_chromium, opened


def test_the_route_answers_as_rest_does(server: Server, test_pictures: Pictures) -> None:
    rest = httpx.post(
        f"{server.url}/v2/models/hard/infer",
        json={
            "inputs": [
                {
                    "name": "images",
                    "shape": [1, 32, 32, 3],
                    "datatype": "UINT8",
                    "data": test_pictures[3].ravel().tolist(),
                }
            ]
        },
    ).json()
    outputs = {each["name"]: each["data"] for each in rest["outputs"]}
    html = httpx.post(f"{server.url}{PATH}", content=test_pictures[3].tobytes()).text
    found = re.search(r'tw-hard.*?tw-sure">.*?tw-exact">(?:&gt;)?([\d.]+)%', html, re.DOTALL)
    assert found is not None
    assert float(found[1]) == pytest.approx(100 * max(outputs["probabilities"]), abs=0.011)


@pytest.mark.parametrize("size", [0, BYTES - 1, BYTES + 1, 10 * BYTES])
def test_the_route_refuses_what_is_no_picture(server: Server, size: int) -> None:
    answer = httpx.post(f"{server.url}{PATH}", content=bytes(size))
    assert answer.status_code == 400
    assert str(BYTES) in answer.text


def test_the_route_takes_temperatures_and_sets(server: Server, test_pictures: Pictures) -> None:
    content = test_pictures[3].tobytes()
    query = {"t_hard": "2.00", "sets": level_name(LEVELS[-1])}
    html = httpx.post(f"{server.url}{PATH}", content=content, params=query).text
    assert "at T = 2.00" in html
    assert html.count('class="tw-set"') == len(NAMES)
    assert httpx.get(f"{server.url}{PATH}").status_code != 200


@needs_chromium
def test_a_square_is_dragged_resized_and_moved_by_keys(
    chromium: Browser, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo("JPEG", quality=80))
    page = opened(chromium, server.url)
    page.set_input_files("#photo input[type=file]", str(tmp_path / "photo.jpg"))
    square = page.locator("#tw-crop")
    expect(square).to_be_visible()
    expect(page.locator("#seen [data-sample='']")).to_be_attached()
    first = page.locator("#seen img").get_attribute("src")
    before = square.bounding_box()
    image = page.locator("#tw-photo").bounding_box()
    assert before
    assert image
    # To begin with, it is the centre square, as large as it can be.
    assert before["width"] == pytest.approx(min(image["width"], image["height"]), abs=2)
    assert before["x"] + before["width"] / 2 == pytest.approx(
        image["x"] + image["width"] / 2, abs=2
    )
    right, bottom = before["x"] + before["width"], before["y"] + before["height"]
    page.mouse.move(right - 8, bottom - 8)
    page.mouse.down()
    page.mouse.move(right - 8 - before["width"] / 2, bottom - 8 - before["height"] / 2, steps=6)
    page.wait_for_function("window.twLiveCount > 0")  # the answers follow before it is let go
    page.mouse.up()
    smaller = square.bounding_box()
    assert smaller
    assert smaller["width"] == pytest.approx(before["width"] / 2, abs=3)
    expect(page.locator("#seen img")).not_to_have_attribute("src", str(first))
    square.focus()
    for key in ("ArrowRight", "ArrowDown", "-"):
        page.keyboard.press(key)
    moved = square.bounding_box()
    assert moved
    assert moved["x"] > smaller["x"]
    assert moved["width"] < smaller["width"]
    # The other controls use the square that was chosen last.
    page.wait_for_timeout(800)
    page.locator("#temperatures-hard").press("ArrowRight")
    expect(page.locator("#results")).to_contain_text("at T = 1.01")
    expect(page).not_to_have_url(re.compile("sample="))
    page.context.close()


@needs_chromium
def test_without_a_camera_the_page_says_so(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server.url)
    page.get_by_role("button", name="Camera").click()
    expect(page.locator("#results [role=alert]")).to_contain_text("There is no camera")
    page.context.close()


@needs_chromium
def test_where_both_models_look_is_shown_until_there_is_another_picture(page: Page) -> None:
    page.get_by_role("button", name="Where does it look?").click()
    maps = page.locator("#looks figure img")
    expect(maps).to_have_count(len(NAMES))
    expect(maps.first).to_have_attribute("alt", re.compile("its answer"))
    page.locator("#samples .tw-choice").first.click()
    expect(maps.first).to_be_hidden()


@needs_chromium
def test_sets_are_in_the_answers_and_in_the_address(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server.url)
    page.locator("#sets").get_by_label("99%").check()
    expect(page.locator("#results .tw-set")).to_have_count(len(NAMES))
    expect(page.locator("#sets-explained")).to_contain_text("at least 99%")
    expect(page).to_have_url(re.compile(r"sets=0\.99"))
    other = opened(chromium, page.url)
    expect(other.locator("#results .tw-set")).to_have_count(len(NAMES))
    for each in (page, other):
        each.context.close()
