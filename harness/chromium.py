"""The installed Chromium, and the actions of a user in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, sync_playwright

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@contextmanager
def launched() -> Iterator[Browser]:
    """A running Chromium without a window. Raises `SystemExit` if none is installed."""
    if PROGRAM is None:
        raise SystemExit("Chromium is not installed; install it (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=_QUIET)
        yield browser
        browser.close()


def slide(range_input: Locator, value: float) -> None:
    """Set a slider to `value`, and tell the page as a user's move would."""
    range_input.evaluate(
        "(range, value) => { range.value = value;"
        " range.dispatchEvent(new Event('input', {bubbles: true})); }",
        value,
    )
