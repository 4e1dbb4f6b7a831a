"""A batch whose names tell the classes: what is measured, its table, and the way to Compare."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contract import calibration as c
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness.pictures import Pictures, as_png
from serve.inference.compare import Comparison, Verdict
from serve.page.batch import measured, table
from serve.page.batch.rows import HEADERS, Row, as_csv
from tests.serve.page.conftest import needs_chromium, show

HASHES = dict.fromkeys(NAMES, "f" * 64)
FILES = "#batch-files input[type=file]"


def row(name: str, label: str, sure: float, temperature: float = 1.0) -> Row:
    rest = (1 - sure) / (len(CLASSES) - 1)
    probabilities = [sure if each == label else rest for each in CLASSES]
    verdict = Verdict(probabilities, label, sure, temperature)
    both = Comparison(dict.fromkeys(NAMES, verdict), unusual=True)
    return Row(name, np.zeros((32, 32, 3), np.uint8), both)


def test_accuracy_and_calibration_are_those_of_the_known_pictures() -> None:
    rows = [row(f"cat_{k}.png", "cat" if k % 4 else "dog", 0.6 + k / 100) for k in range(32)]
    rows += [row("unknown.png", "ship", 0.99), Row("cat.png", None, None, ("Broken.",))]
    html = measured.html(rows)
    sure = np.array([0.6 + k / 100 for k in range(32)])
    correct = np.array([k % 4 != 0 for k in range(32)])
    assert "On 32 pictures" in html
    low, high = c.wilson(24, 32).low, c.wilson(24, 32).high
    assert html.count(f"75.0% <small>[{100 * low:.1f}, {100 * high:.1f}]") == len(NAMES)
    assert f"{100 * c.signed_gap(sure, correct):+.1f} pp" in html
    assert f"{c.ece(c.equal_mass(sure, correct)):.1%}" in html
    assert "mostly chance" in html
    assert measured.html(rows[32:]) == ""


def test_the_csv_has_everything_about_each_picture() -> None:
    rows = [row("=cats | 1.png", "cat", 0.9, 2.5), Row("broken.png", None, None, ("Broken.",))]
    first, second = csv.DictReader(io.StringIO(as_csv(rows, HASHES)))
    assert list(first) == list(HEADERS)
    assert first["name"].startswith("'=")
    assert first["hard, T"] == "2.5"
    assert first["unlike the data"] == "yes"
    assert float(first["smoothed, p(cat)"]) == pytest.approx(0.9)
    assert first["hard, SHA-256"] == "f" * 64
    assert second["note"] == "Broken."
    assert second["hard"] == second["smoothed, p(cat)"] == ""
    assert second["smoothed, SHA-256"] == "f" * 64


def test_a_name_is_shown_as_it_is_and_runs_nothing() -> None:
    html = table.html([row('<img src=x onerror="alert(1)">.png', "cat", 0.9)])
    assert "<img src=x" not in html


def saved(test_pictures: Pictures, folder: Path, names: list[str]) -> list[str]:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(as_png(test_pictures, number))
    return [str(folder / name) for name in names]


@needs_chromium
def test_a_table_is_sorted_and_searched_and_a_row_opens_in_compare(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    show(page, "Batch")
    paths = saved(test_pictures, tmp_path, ["cat_0.png", "ship_1.png", "ship_2.png"])
    page.set_input_files(FILES, paths)
    expect(page.locator("#batch-summary")).to_contain_text("On 3 pictures whose name tells")
    rows = page.locator(".tw-batch tbody tr")
    page.get_by_role("button", name="Hard labels").click()
    sure = [
        float(value)
        for value in page.locator(".tw-batch td.tw-hard").evaluate_all(
            "cells => cells.map((cell) => cell.dataset.value)"
        )
    ]
    assert sure == sorted(sure)
    page.get_by_label("Search").fill("ship")
    expect(rows.locator("visible=true")).to_have_count(2)
    page.get_by_label("Search").fill("cat_0")
    shown = rows.locator("visible=true").locator("img")
    source = shown.get_attribute("src")
    page.locator(".tw-open:visible").click()
    expect(page.get_by_role("tab", selected=True)).to_have_text("Compare")
    expect(page.locator("#seen img")).to_have_attribute("src", str(source))


@needs_chromium
def test_a_folder_becomes_a_batch_whose_classes_are_known(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    show(page, "Batch")
    saved(test_pictures, tmp_path, ["cats/1.png", "dogs/2.png", "other/3.png"])
    page.set_input_files("#tw-folder", str(tmp_path))
    expect(page.locator("#batch-summary")).to_contain_text("3 of 3 pictures could be read")
    expect(page.locator("#batch-summary")).to_contain_text("On 2 pictures whose name tells")
    expect(page.locator("#batch-table")).to_contain_text("cats | 1.png")


@needs_chromium
def test_on_a_phone_the_percentages_are_in_sight(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, "Batch")
    page.set_input_files(FILES, saved(test_pictures, tmp_path, ["0.png"]))
    for name in NAMES:
        number = page.locator(f".tw-batch td.tw-{name} .tw-number")
        number.scroll_into_view_if_needed()
        expect(number).to_be_in_viewport(ratio=1)
        box = number.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
