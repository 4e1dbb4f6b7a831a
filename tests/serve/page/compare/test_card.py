"""A comparison as one PNG, for slides and for previews of links; never of an uploaded photo."""

from __future__ import annotations

import io
import re
from html import unescape

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from contract.twins import TWINS
from harness.pictures import Pictures, as_png
from harness.servers import Server
from serve.page.compare.card import HEIGHT, PATH, WIDTH
from serve.page.compare.live import BYTES
from tests.serve.page.conftest import a_sample, needs_chromium


def opened_png(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        return image.convert("RGB")


def previewed(page: httpx.Response) -> str:
    found = re.search(r'<meta property="og:image" content="([^"]*)"', page.text)
    assert found is not None
    return unescape(found[1])


def test_a_link_to_a_sample_is_previewed_with_its_answers(server: Server) -> None:
    address = previewed(httpx.get(f"{server.url}/?sample={a_sample()}&t_hard=2.00&tab=compare"))
    assert address == f"{server.url}{PATH}?sample={a_sample()}&t_hard=2.00"
    answer = httpx.get(address)
    card = opened_png(answer.content)
    assert card.size == (WIDTH, HEIGHT)
    # Both models' bars are there, each in its colour.
    colours = {colour for _, colour in card.getcolors(WIDTH * HEIGHT) or []}
    for twin in TWINS.values():
        wanted = np.array([int(twin.colour[k : k + 2], 16) for k in (1, 3, 5)])
        assert min(np.abs(np.array(colour) - wanted).max() for colour in colours) <= 8
    assert answer.content != httpx.get(f"{server.url}{PATH}?sample={a_sample()}").content


@pytest.mark.parametrize("query", ['sample="><script>', "t_hard=<b>", "sample=99999999999"])
def test_nothing_else_of_an_address_is_in_the_preview(server: Server, query: str) -> None:
    address = previewed(httpx.get(f"{server.url}/?{query}"))
    assert address == f"{server.url}{PATH}"
    assert httpx.get(address).status_code == 200


def test_pixels_become_a_card_and_other_bodies_none(
    server: Server, test_pictures: Pictures
) -> None:
    answer = httpx.post(f"{server.url}{PATH}", content=test_pictures[0].tobytes())
    assert opened_png(answer.content).size == (WIDTH, HEIGHT)
    for body in (b"", bytes(BYTES + 1), as_png(test_pictures, 0)):
        assert httpx.post(f"{server.url}{PATH}", content=body).status_code == 400


@needs_chromium
def test_the_page_saves_what_it_shows(page: Page) -> None:
    page.locator("#samples .tw-choice").first.click()
    expect(page).to_have_url(re.compile("sample="))
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save").click()
    assert saving.value.suggested_filename == "twinlabel.png"
    assert opened_png(saving.value.path().read_bytes()).size == (WIDTH, HEIGHT)
