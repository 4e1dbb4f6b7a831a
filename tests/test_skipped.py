"""The last lines of a run with skipped tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import chromium
from tests.conftest import skipped_lines


def _skipped(reason: str) -> pytest.TestReport:
    where = ("test.py", 1, f"Skipped: {reason}")
    return pytest.TestReport("test", ("test.py", 1, "test"), {}, "skipped", where, "setup")


def test_they_are_counted_with_their_reasons() -> None:
    reports = [_skipped("there is no GPU here"), *[_skipped("there is no Chromium here")] * 2]
    assert skipped_lines(reports) == [
        "Skipped, and not passed: 3 tests.",
        "2 because there is no Chromium here",
        "1 because there is no GPU here",
    ]
    assert skipped_lines([]) == []


def test_a_browser_that_cannot_be_fetched_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr("sys.executable", "/bin/false")
    said = chromium.fetch()
    assert said.startswith("browser: none could be fetched")
    assert "\n" not in said


def test_a_browser_that_was_fetched_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "chromium-1200" / "chrome-linux64" / "chrome"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(chromium, "_FOLDERS", (str(tmp_path),))
    assert chromium.find() == str(program)
