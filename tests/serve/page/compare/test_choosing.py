"""How a picture is chosen, in real Chromium: tiles, Back, rapid clicks, ✕, errors, and the crop."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from contract.artifacts import manifest
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import Server
from serve.page.parts.samples import DISAGREE, EASY, SURE_AND_WRONG, Samples
from tests.serve.page.conftest import needs_chromium, opened, said, show

pytestmark = needs_chromium


def shown(page: Page) -> Locator:
    return page.locator("#seen [data-sample]")


def choose(page: Page, place: int) -> str:
    tile = page.locator("#samples .tw-choice").nth(place)
    tile.click()
    index = str(tile.get_attribute("data-index"))
    expect(shown(page)).to_have_attribute("data-sample", index)
    expect(page).to_have_url(re.compile(f"sample={index}$"))
    return index


def test_the_page_arrives_with_a_picture_and_its_answers(page: Page) -> None:
    for name in ("hard", "smoothed"):
        expect(said(page, name)).not_to_have_text("–")
    assert "sample=" not in page.url
    index = shown(page).get_attribute("data-sample")
    pressed = page.locator(".tw-choice[aria-pressed=true]")
    expect(pressed).to_have_count(1)
    expect(pressed).to_have_attribute("data-index", str(index))


def test_tiles_say_what_they_are(page: Page) -> None:
    samples = Samples(COMMITTED, manifest.read(COMMITTED).model_hashes)
    kinds = samples.chosen()
    groups = page.locator("#samples [role=group]")
    assert [group.get_attribute("aria-label") for group in groups.all()] == list(kinds)
    for shown_sample in kinds.get(EASY, []):
        assert all(answer.right for answer in shown_sample.answers.values())
    for shown_sample in kinds.get(DISAGREE, []):
        hard, smoothed = shown_sample.answers.values()
        assert hard.label != smoothed.label
    for shown_sample in kinds.get(SURE_AND_WRONG, []):
        assert not any(answer.right for answer in shown_sample.answers.values())


def test_back_goes_through_the_samples_looked_at(page: Page) -> None:
    looked_at = [str(shown(page).get_attribute("data-sample"))]
    looked_at += [choose(page, place) for place in (0, 1, 2)]
    for index in reversed(looked_at[:-1]):
        page.go_back()
        expect(shown(page)).to_have_attribute("data-sample", index)
    page.go_forward()
    expect(shown(page)).to_have_attribute("data-sample", looked_at[1])


def test_of_rapid_clicks_the_last_one_wins(page: Page) -> None:
    for pause in (0, 30, 90):
        page.evaluate(
            """async (pause) => {
              for (const tile of document.querySelectorAll('#samples .tw-choice')) {
                tile.click();
                await new Promise((resolve) => setTimeout(resolve, pause));
              }
            }""",
            pause,
        )
        last = page.locator("#samples .tw-choice").last
        expect(shown(page)).to_have_attribute("data-sample", str(last.get_attribute("data-index")))
        expect(last).to_have_attribute("aria-pressed", "true")
        choose(page, 0)


def test_removing_a_sample_clears_answer_and_address(page: Page) -> None:
    choose(page, 0)
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.locator("#seen img")).to_have_count(0)
    expect(said(page, "hard")).to_have_text("–")
    expect(page).not_to_have_url(re.compile("sample="))
    expect(page.locator(".tw-choice[aria-pressed=true]")).to_have_count(0)


def test_a_surprise_is_never_an_easy_one(page: Page) -> None:
    samples = Samples(COMMITTED, manifest.read(COMMITTED).model_hashes)
    before = shown(page).get_attribute("data-sample")
    for _ in range(3):
        page.get_by_role("button", name="Surprise me").click()
        expect(shown(page)).not_to_have_attribute("data-sample", str(before))
        before = shown(page).get_attribute("data-sample")
        found = samples.with_index(int(str(before)))
        assert found is not None
        assert found.sample.group != "both_right"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(bytes(20_000_001))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.set_input_files("#photo input[type=file]", str(tmp_path / "large.jpg"))
    problem = page.locator("#results [role=alert]")
    expect(problem).to_contain_text("20")
    expect(page.locator("#results .tw-answer")).to_have_count(0)
    assert not [url for url in sent if "/upload" in url]
    expect(page).not_to_have_url(re.compile("sample="))


def test_a_failed_upload_is_told_in_words(page: Page, test_pictures: Pictures) -> None:
    page.route(
        "**/upload*",
        lambda route: route.fulfill(status=507, json={"detail": "The server has no room."}),
    )
    page.set_input_files(
        "#photo input[type=file]",
        {"name": "a.png", "mimeType": "image/png", "buffer": as_png(test_pictures, 0)},
    )
    expect(page.get_by_text("The server has no room.")).to_be_visible()
    assert "detail" not in page.locator("body").inner_text()


def test_arrow_keys_go_from_tab_to_tab(page: Page) -> None:
    chosen = page.get_by_role("tab", selected=True)
    page.get_by_role("tab", name="Compare").first.focus()
    page.keyboard.press("ArrowRight")
    expect(chosen).to_have_text("Gallery")
    page.keyboard.press("Home")
    expect(chosen).to_have_text("Compare")
    page.keyboard.press("ArrowLeft")
    expect(chosen).not_to_have_text("Compare")


def test_temperatures_are_the_same_in_both_tabs(chromium: Browser, server: Server) -> None:
    page = opened(chromium, f"{server.url}/?t_hard=2.00")
    show(page, "Calibration")
    expect(page.locator("#diagrams h3").first).to_contain_text("T = 2.00")
    page.locator("#calibration-t-hard").press("ArrowRight")
    expect(page).to_have_url(re.compile("t_hard=2.01"))
    expect(page.locator("#diagrams h3").first).to_contain_text("T = 2.01")
    show(page, "Compare")
    expect(page.locator("output[for=temperatures-hard]")).to_have_text("2.01")
    expect(page.locator("#results")).to_contain_text("at T = 2.01")
    page.locator("#temperatures-hard").press("ArrowLeft")
    expect(page.locator("#results")).to_contain_text("at T = 2.00")
    show(page, "Calibration")
    expect(page.locator("output[for=calibration-t-hard]")).to_have_text("2.00")
    expect(page.locator("#diagrams h3").first).to_contain_text("T = 2.00")
    page.context.close()
