"""The page in real Chromium, on the committed pair."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness.pictures import Pictures, as_png, photo
from harness.servers import Server
from tests.contract.pictures.files import FOLDER
from tests.serve.page.conftest import PATIENCE, arrived, needs_chromium, said, sure, upload

pytestmark = needs_chromium


def test_a_photo_is_uploaded_and_both_answers_are_read(
    page: Page, server: Server, test_pictures: Pictures, tmp_path: Path
) -> None:
    (tmp_path / "photo.png").write_bytes(as_png(test_pictures, 3))
    rest = httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures, 3)).json()[
        "results"
    ][0]
    upload(page, tmp_path / "photo.png")
    for name in NAMES:
        expect(said(page, name)).to_have_text(rest["models"][name]["label"])
        assert sure(page, name) == pytest.approx(
            100 * rest["models"][name]["confidence"], abs=0.011
        )
    rows = page.locator(".tw-row .tw-name").all_inner_texts()
    assert sorted(rows) == sorted(CLASSES)
    assert page.locator(".tw-bar > .tw-number").count() == 20
    sentence = page.locator("#results .tw-sentence").inner_text()
    assert ("disagree" in sentence) != rest["agree"]
    assert page.locator("#seen img").get_attribute("src", timeout=PATIENCE)


def test_what_is_no_picture_gets_a_readable_message(page: Page, tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"this is no picture")
    page.set_input_files("#photo input[type=file]", str(tmp_path / "no.png"))
    message = page.get_by_text("not a picture that can be read here")
    expect(message).to_be_visible(timeout=PATIENCE)
    # Nothing is left of the previous picture: it would look like the answer to this one.
    expect(page.locator("#results .tw-answer")).to_have_count(0)
    expect(page.locator("#results [role=alert]")).to_be_visible()
    expect(page.locator("#seen img")).to_have_count(0)
    expect(page.locator("#tw-stage")).to_be_hidden()


def test_a_picture_that_is_cut_short_has_a_note_until_the_next_picture(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    (tmp_path / "whole.png").write_bytes(as_png(test_pictures, 3))
    files = page.locator("#photo input[type=file]")
    files.set_input_files(str(FOLDER / "last-2-bytes-missing.jpg"))
    note = page.locator("#seen").get_by_role("status")
    expect(note).to_have_text(
        "The file is cut short at its very end: all rows of the picture could be read.",
        timeout=PATIENCE,
    )
    expect(note).to_be_visible()
    # Another temperature is no other picture.
    page.locator(".tw-slider input[type=range]").first.press("ArrowRight")
    expect(page.locator("#results")).to_contain_text("at T = ")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Remove the picture").click()
    expect(note).to_have_count(0)
    upload(page, tmp_path / "whole.png")
    expect(page.locator("#seen img")).to_be_visible()
    expect(note).to_have_count(0)


def test_what_the_browser_cannot_show_is_answered(page: Page, tmp_path: Path) -> None:
    (tmp_path / "photo.heic").write_bytes(photo("HEIF", quality=60))
    upload(page, tmp_path / "photo.heic")
    expect(page.locator("#seen img")).to_be_visible()
    expect(page.locator("#tw-stage")).to_be_hidden()


def test_a_link_names_the_page_in_a_preview(server: Server) -> None:
    response = httpx.get(server.url, headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    html = response.text
    plain = httpx.get(server.url, headers={"accept-encoding": "identity"}).text
    numbers = re.compile(r' data-number="\d+"')
    assert numbers.sub("", html) == numbers.sub("", plain)
    previews = re.findall(r'<meta (?:property|name)="(?:og|twitter):(\w+)" content="([^"]*)"', html)
    names = [name for name, _ in previews]
    assert len(names) == len(set(names))  # some messengers would take the second one
    assert dict(previews)["title"] == "Twinlabel"
    assert "Gradio" not in "".join(content for _, content in previews)


def test_the_page_says_where_it_runs_and_what_it_is_not(page: Page) -> None:
    expect(page.locator(".tw-badge")).to_contain_text("Running on")
    expect(page.locator(".tw-footer")).to_contain_text("one of ten classes")
    page.get_by_text("Use it by API").click()
    curl = page.locator("#tw-curl")
    expect(curl).to_contain_text(f"{page.url.rstrip('/')}/v1/compare")


def test_nothing_is_asked_of_another_host(chromium: Browser, server: Server) -> None:
    context = chromium.new_context()
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(server.url)
    arrived(tab)
    tab.wait_for_timeout(500)
    context.close()
    assert len(asked) > 10
    own = (server.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
