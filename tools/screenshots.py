"""`make screenshots`: a picture of each tab in docs/screens/, from the page with the real pair."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, Page

from harness import chromium, pictures
from harness.servers import WITH_PAGE, running

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
TABS = ("Compare", "Gallery", "Stress test", "Calibration", "Evidence", "Learn", "Batch")
WIDTH, HEIGHT = 1280, 920


def main() -> None:
    """Write a picture of each tab."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    shown = pictures.of_the_gallery(12)
    with running(WITH_PAGE, picture=shown[0]) as server, chromium.launched() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(server.url)
        page.wait_for_selector("body[data-arrived]")
        for tab in TABS:
            _show(page, tab, shown)
            path = FOLDER / f"{tab.split()[0].lower()}.png"
            _write_small(page.screenshot(), path)
            print(path.relative_to(ROOT))


def _write_small(png: bytes, path: Path) -> None:
    """Write a PNG with 256 colours: it is a third of the size, and looks the same."""
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(256).save(path, optimize=True)


def _show(page: Page, tab: str, uploaded: list[bytes]) -> None:
    page.get_by_role("tab", name=tab).first.click()
    if tab == "Stress test":
        page.get_by_label("rotation").check()
    if tab == "Batch":
        uploads = [
            FilePayload(name=f"{number}.png", mimeType="image/png", buffer=content)
            for number, content in enumerate(uploaded)
        ]
        page.set_input_files("#batch-files input[type=file]", uploads)
        page.wait_for_selector("#batch-csv:not([disabled])")
    page.wait_for_timeout(1000)  # until the animations of bars and charts have ended


if __name__ == "__main__":
    main()
