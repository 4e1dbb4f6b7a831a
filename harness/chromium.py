"""The machine's own Chromium, and what the page's users do in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, sync_playwright

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@contextmanager
def launched() -> Iterator[Browser]:
    """Raises `SystemExit`, in words, where there is none."""
    if PROGRAM is None:
        raise SystemExit("there is no Chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=_QUIET)
        yield browser
        browser.close()


def slide(range_input: Locator, value: float) -> None:
    """Put a slider there at once, as a finger would."""
    range_input.evaluate(
        "(range, value) => { range.value = value;"
        " range.dispatchEvent(new Event('input', {bubbles: true})); }",
        value,
    )
