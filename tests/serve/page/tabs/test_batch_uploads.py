"""Many pictures at a time on the tab Batch, in real Chromium: they go in several requests."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Request, expect

from harness.pictures import Pictures, as_png, photo
from harness.servers import Server
from tests.serve.page.conftest import PATIENCE, needs_chromium, show

pytestmark = needs_chromium
FILES = "#batch-files input[type=file]"


def uploads(page: Page) -> list[Request]:
    """The uploads of this page from here on."""
    found: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/upload" in request.url:
            found.append(request)

    page.on("request", note)
    return found


def saved(test_pictures: Pictures, count: int, folder: Path) -> list[Path]:
    """The first so many test pictures as files whose names are in their order."""
    paths = [folder / f"{number:03}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(as_png(test_pictures, number))
    return paths


def test_pictures_go_in_parts_and_keep_their_order(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    paths = saved(test_pictures, 6, tmp_path)
    show(page, "Batch")
    size = max(path.stat().st_size for path in paths)
    page.evaluate("bytes => { window.twPartBytes = bytes; }", 2 * size)
    sent = uploads(page)
    page.set_input_files(FILES, [str(path) for path in paths])
    expect(page.locator("#batch-summary")).to_contain_text("6 of 6 pictures could be read")
    assert len(sent) == 3
    assert ["upload_id" in request.url for request in sent] == [False, False, True]
    texts = page.locator("#batch-table").inner_text()
    places = [texts.index(path.name) for path in paths]
    assert places == sorted(places)


def test_a_few_small_pictures_go_in_one_request(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    paths = saved(test_pictures, 3, tmp_path)
    show(page, "Batch")
    sent = uploads(page)
    page.set_input_files(FILES, [str(path) for path in paths])
    expect(page.locator("#batch-summary")).to_contain_text("3 of 3 pictures could be read")
    assert len(sent) == 1


def test_of_more_than_200_the_first_200_are_taken(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    paths = saved(test_pictures, 203, tmp_path)
    show(page, "Batch")
    page.set_input_files(FILES, [str(path) for path in paths])
    summary = page.locator("#batch-summary")
    expect(summary).to_contain_text(
        "These are 203 pictures. Only the first 200 were compared; send the others in another "
        "batch",
        timeout=PATIENCE,
    )
    expect(summary).to_contain_text("200 of 200 pictures could be read")


def test_a_picture_that_is_cut_short_has_a_note(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    packed = io.BytesIO()
    Image.linear_gradient("L").save(packed, "JPEG")
    path.write_bytes(packed.getvalue()[:-2])
    show(page, "Batch")
    page.set_input_files(FILES, [str(path)])
    expect(page.locator("#batch-summary")).to_contain_text("1 of 1 picture could be read")
    table = page.locator("#batch-table")
    expect(table).to_contain_text("The file is cut short")
    for width in (1300, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(table.locator(".tw-remark")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_picture_unlike_the_data_has_a_note(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    for name, pictures in (("noise.png", noise), ("usual.png", test_pictures)):
        (tmp_path / name).write_bytes(as_png(pictures))
    show(page, "Batch")
    page.set_input_files(FILES, [str(tmp_path / "noise.png"), str(tmp_path / "usual.png")])
    expect(page.locator("#batch-summary")).to_contain_text("2 of 2 pictures could be read")
    table = page.locator("#batch-table")
    expect(table).to_contain_text("usual.png")
    # The table shows the rows in the order of the files.
    first, second = table.inner_text().split("usual.png")
    assert "unlike the training data" in first
    assert "unlike the training data" not in second


def answered(server: Server) -> int:
    """The number of pictures that both models have answered since the server started."""
    text = httpx.get(f"{server.url}/metrics").text
    sums = re.findall(r"^twinlabel_batch_pictures_sum{.*} (.+)$", text, re.MULTILINE)
    return min(int(float(each)) for each in sums)


def test_what_a_visitor_leaves_is_not_answered(page: Page, server: Server, tmp_path: Path) -> None:
    content = photo()
    paths = [tmp_path / f"{number:03}.jpg" for number in range(96)]
    for path in paths:
        path.write_bytes(content)
    show(page, "Batch")
    before = answered(server)
    page.set_input_files(FILES, [str(path) for path in paths])
    while answered(server) == before:
        page.wait_for_timeout(50)
    page.context.close()
    earlier, now = before, answered(server)
    while now != earlier:  # what has begun is finished: 16 pictures
        time.sleep(2)
        earlier, now = now, answered(server)
    assert now - before < len(paths)


@pytest.mark.slow
def test_200_photos_of_a_telephone(page: Page, server: Server, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1200, 3), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(noise).save(packed, "JPEG", quality=85)
    content = packed.getvalue()
    assert len(content) > 1_000_000
    paths = [tmp_path / f"{number:03}.jpg" for number in range(200)]
    for number, path in enumerate(paths):
        path.write_bytes(content + number.to_bytes(2, "big"))
    show(page, "Batch")
    sent = uploads(page)
    before = server.peak_memory()
    page.set_input_files(FILES, [str(path) for path in paths])
    summary = page.locator("#batch-summary")
    expect(summary).to_contain_text("200 of 200 pictures could be read", timeout=120_000)
    assert len(sent) > 4
    # The uploads have 230 MB, and lie on disk.
    assert server.peak_memory() - before < 300_000 * 1024
