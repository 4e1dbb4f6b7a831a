"""`make screenshots`: docs/screens/, a picture of each tab, from the real page on the real pair."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, Page, sync_playwright

from benchmarks.servers import WITH_PAGE, pictures_of_the_gallery, running

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
TABS = ("Compare", "Gallery", "Stress test", "Calibration", "Learn", "Batch")
WIDTH, HEIGHT = 1280, 920
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main() -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("screenshots: there is no Chromium (Debian: apt install chromium)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    pictures = pictures_of_the_gallery(12)
    with running(WITH_PAGE, pictures[0]) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(server.url.removesuffix(WITH_PAGE.path))
        page.locator("#samples button").nth(9).click()
        page.wait_for_selector("#seen img")
        for tab in TABS:
            _show(page, tab, pictures)
            path = FOLDER / f"{tab.split()[0].lower()}.png"
            _write_small(page.screenshot(), path)
            print(path.relative_to(ROOT))
        browser.close()


def _write_small(png: bytes, path: Path) -> None:
    """With 256 colours: a third of the bytes, and no eye sees it."""
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(256).save(path, optimize=True)


def _show(page: Page, tab: str, pictures: list[bytes]) -> None:
    page.get_by_role("tab", name=tab).first.click()
    if tab == "Stress test":
        page.get_by_label("rotation").check()
    if tab == "Batch":
        uploads = [
            FilePayload(name=f"{number}.png", mimeType="image/png", buffer=content)
            for number, content in enumerate(pictures)
        ]
        page.set_input_files("#batch-files input[type=file]", uploads)
        page.wait_for_selector("#batch-csv")
    page.wait_for_timeout(1000)  # until bars and charts have settled


if __name__ == "__main__":
    main()
