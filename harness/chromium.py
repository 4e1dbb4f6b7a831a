"""The machine's Chromium, and the actions of a user in it.

Run as a program, it downloads one if there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, sync_playwright

SECONDS_TO_FETCH = 300
WAYS = "`make browser` fetches one, or install it (Debian: apt install chromium)"
"""For people without a browser."""
_FOLDERS = (
    os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "/nowhere",
    "~/.cache/ms-playwright",
    "~/Library/Caches/ms-playwright",
    "~/AppData/Local/ms-playwright",
)
_PROGRAMS = ("chrome", "chrome.exe", "Chromium", "Google Chrome for Testing")


def find() -> str | None:
    """The machine's own Chromium, or else one that Playwright has fetched."""
    own = shutil.which("chromium") or shutil.which("google-chrome")
    return own or next(_fetched(), None)


def _fetched() -> Iterator[str]:
    for folder in _FOLDERS:
        for name in _PROGRAMS:
            found = Path(folder).expanduser().glob(f"chromium-*/chrome-*/**/{name}")
            yield from (str(path) for path in sorted(found, reverse=True) if path.is_file())


PROGRAM = find()
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """A running Chromium without a window, with more `arguments` of its command line.

    Raises `SystemExit` if none is installed.
    """
    if PROGRAM is None:
        raise SystemExit(f"there is no Chromium here; {WAYS}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*_QUIET, *arguments])
        yield browser
        browser.close()


def slide(range_input: Locator, value: float) -> None:
    """Set a slider to `value`, and tell the page as a user's move would."""
    range_input.evaluate(
        "(range, value) => { range.value = value;"
        " range.dispatchEvent(new Event('input', {bubbles: true})); }",
        value,
    )


def fetch() -> str:
    """Fetch a Chromium by Playwright, and say in one line what came of it."""
    if find() is not None:
        return f"browser: {find()}"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS_TO_FETCH,
            check=False,
        )
        said = (done.stderr + done.stdout).strip().splitlines()
        # Playwright's own messages fill a screen; the line that begins so is the reason.
        reason = next((line for line in said if line.startswith("Error:")), "it is not there")
    except subprocess.TimeoutExpired:
        reason = f"it took longer than {SECONDS_TO_FETCH} s"
    if find() is not None:
        return f"browser: fetched {find()}"
    return f"browser: none could be fetched ({reason}), so tests that need one are skipped"


if __name__ == "__main__":
    print(fetch())
