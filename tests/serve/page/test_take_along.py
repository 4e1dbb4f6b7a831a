"""The buttons below a figure: what they copy and download is that figure, whole and by itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from contract.artifacts import manifest
from contract.twins import TWINS
from harness.paths import COMMITTED
from harness.servers import Server
from serve.page.figures import citation
from tests.serve.page.conftest import needs_chromium, opened, show

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def calibration(chromium: Browser, server: Server) -> Iterator[Page]:
    page = opened(chromium, server.url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(page, "Calibration")
    expect(page.locator("#reliability-hard svg")).to_be_visible()
    yield page
    page.context.close()


def taken(page: Page, name: str) -> bytes:
    """The file that a button of the first diagram downloads."""
    with page.expect_download() as downloading:
        page.locator("#reliability-hard").get_by_role("button", name=name).click()
    suggested = downloading.value.suggested_filename
    assert suggested == f"twinlabel-reliability-hard.{name.lower()}"
    return Path(downloading.value.path()).read_bytes()


@needs_chromium
def test_numbers_and_pictures_are_downloaded(calibration: Page) -> None:
    rows = list(csv.DictReader(io.StringIO(taken(calibration, "CSV").decode())))
    assert sum(int(row["pictures"]) for row in rows) == 10_000
    assert {row["model"] for row in rows} == {"hard"}

    drawing = ElementTree.fromstring(taken(calibration, "SVG"))
    texts = [text.text or "" for text in drawing.iter(f"{_SVG}text")]
    title = " ".join(text for text in texts if text)
    assert "Hard labels at T = 1.00" in title
    assert manifest.read(COMMITTED).models["hard"].sha256[:8] in title
    # It looks the same where there is no style sheet: each part brings its own style.
    lines = [part for part in drawing.iter(f"{_SVG}polyline") if "class" in part.attrib]
    assert lines == []
    strokes = [part.attrib["style"] for part in drawing.iter(f"{_SVG}polyline")]
    assert all(re.search(r"stroke:rgb\(\d", style) for style in strokes)
    assert "var(" not in ElementTree.tostring(drawing, encoding="unicode")

    with Image.open(io.BytesIO(taken(calibration, "PNG"))) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}
        hard = TWINS["hard"].colour
        assert tuple(int(hard[k : k + 2], 16) for k in (1, 3, 5)) in colours


@needs_chromium
def test_a_link_and_a_citation_are_copied(calibration: Page) -> None:
    figure = calibration.locator("#reliability-hard")
    figure.get_by_role("button", name="Link").click()
    expect(figure.get_by_role("status")).to_have_text("Link copied.")
    link = calibration.evaluate("navigator.clipboard.readText()")
    assert link == f"{calibration.url.split('#')[0]}#reliability-hard"
    assert "tab=calibration" in link
    figure.get_by_role("button", name="Cite").click()
    expect(figure.get_by_role("status")).to_have_text("BibTeX copied.")
    entry = calibration.evaluate("navigator.clipboard.readText()")
    assert entry.startswith("@misc{twinlabel-")
    assert link in entry
    assert "Hard labels at T = 1.00" in entry
    assert re.search(r"urldate = \{\d{4}-\d{2}-\d{2}\}", entry)


def test_a_title_cannot_break_a_bibtex_entry() -> None:
    entry = citation.bibtex(manifest.read(COMMITTED), r"50% of {x} & \y_1 #2 $3")
    assert r"50\% of x \& y\_1 \#2 \$3" in entry
    depth = 0
    for letter in entry.replace(r"\%", "").replace(citation.ADDRESS, "").replace("{today}", ""):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0
