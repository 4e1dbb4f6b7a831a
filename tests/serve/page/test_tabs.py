"""Each tab's main path and an error, in real Chromium, on the committed pair."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from contract import calibration as c
from contract.artifacts import manifest, report
from contract.calibration.reliability import ece_floor, equal_mass_bins, equal_width_bins
from contract.cifar10 import CLASSES
from harness.chromium import slide
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import Server
from tests.serve.page.conftest import a_sample, needs_chromium, opened, show, sure, upload
from train.evaluation.claims import CLAIMS

pytestmark = needs_chromium


def test_a_temperature_changes_bars_sentence_and_address(chromium: Browser, server: Server) -> None:
    page = opened(chromium, f"{server.url}/?sample={a_sample()}")
    expect(page.locator("#results .tw-sentence")).to_have_attribute("data-kind", "agree")
    before = sure(page, "hard")
    slide(page.locator("#temperatures-hard"), 100)
    expect(page.locator("#results")).to_contain_text("at T = 2.00")
    assert sure(page, "hard") < before
    assert "t_hard=2.00" in page.url
    page.get_by_role("button", name="Both as trained").first.click()
    expect(page.locator("#results")).not_to_contain_text("at T =")
    assert sure(page, "hard") == before
    assert "t_hard" not in page.url
    page.context.close()


def test_a_link_shows_the_same_to_somebody_else(chromium: Browser, server: Server) -> None:
    link = f"{server.url}/?sample={a_sample()}&t_hard=2.00&t_smoothed=0.50"
    page, other = opened(chromium, link), opened(chromium, f"{link}&tab=stress&corruption=blur")
    expect(page.locator("#results")).to_contain_text("at T = 2.00")
    expect(page.locator("output[for=temperatures-smoothed]")).to_have_text("0.50")
    expect(other.locator("#stress .tw-of-answer svg")).to_have_attribute(
        "aria-label", re.compile("blur")
    )
    expect(other.locator("#stress")).to_contain_text(
        "Temperatures from the Compare tab: Hard labels T = 2.00"
    )
    other.get_by_role("tab", name="Calibration").first.click()
    expect(other.locator("#diagrams h3").first).to_contain_text("T = 2.00")
    for tab in (page, other):
        tab.context.close()


def test_back_and_forward_go_from_tab_to_tab(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server.url)
    show(page, "Learn")
    show(page, "Gallery")
    page.locator("#gallery button[data-place]").first.click()
    chosen = page.get_by_role("tab", selected=True)
    expect(chosen).to_have_text("Compare")
    expect(page).to_have_url(re.compile("sample="))
    for tab in ("Gallery", "Learn", "Compare"):
        page.go_back()
        expect(chosen).to_have_text(tab)
    page.go_forward()
    expect(chosen).to_have_text("Learn")
    page.context.close()


def test_nonsense_in_the_address_is_passed_over(chromium: Browser, server: Server) -> None:
    page = opened(
        chromium, f"{server.url}/?tab=<b>&sample=99999999999&t_hard=nan&severity=9&corruption=x"
    )
    expect(page.locator("output[for=temperatures-hard]")).to_have_text("1.00")
    expect(page.get_by_role("tab", name="Compare").first).to_have_attribute("aria-selected", "true")
    page.context.close()


def test_two_users_do_not_see_each_others_picture(
    chromium: Browser, server: Server, test_pictures: Pictures, tmp_path: Path
) -> None:
    first, second = opened(chromium, server.url), opened(chromium, server.url)
    for number, page in enumerate((first, second)):
        (tmp_path / f"{number}.png").write_bytes(as_png(test_pictures, number))
        upload(page, tmp_path / f"{number}.png")
    for page in (first, second):
        expect(page.locator("#seen img")).to_be_visible()
    slide(first.locator("#temperatures-hard"), 150)
    expect(first.locator("#results")).to_contain_text("at T = 2.83")
    slide(second.locator("#temperatures-hard"), -50)
    expect(second.locator("#results")).to_contain_text("at T = 0.71")
    assert first.locator("#seen img").get_attribute("src") != second.locator(
        "#seen img"
    ).get_attribute("src")
    expect(first.locator("#results")).to_contain_text("at T = 2.83")
    for page in (first, second):
        page.context.close()


def test_the_gallery_is_filtered_and_opens_in_compare(page: Page) -> None:
    page.get_by_role("tab", name="Gallery").first.click()
    shown = page.locator("#gallery li:not([hidden])")
    expect(shown.nth(62)).to_be_visible()
    everything = page.locator("#gallery li").count()
    page.get_by_role("button", name="Show more").click()
    assert shown.count() == 126
    page.get_by_text("only the smoothed model is right").click()
    page.get_by_label("True class", exact=True).select_option("cat")
    expect(page.locator("#tw-count")).not_to_have_text(f"{everything} pictures")
    assert 0 < shown.count() < everything
    for item in shown.all():
        assert item.get_attribute("data-group") == "only_smoothed_right"
        assert item.locator("strong").inner_text() == "cat"
    slide(page.locator("[data-filter=sure]"), 99)
    for item in shown.all():
        assert float(item.get_attribute("data-hard") or 0) >= 0.99
    slide(page.locator("[data-filter=sure]"), 0)
    shown.first.locator("button").click()
    expect(page.locator("#results .tw-worded")).to_contain_text("The CIFAR-10 label is cat")
    expect(page.locator("#seen img")).to_be_visible()


def test_calibration_is_recomputed_from_the_logits(page: Page) -> None:
    _, logits = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    labels = logits["test_labels"].astype(np.int64)

    def errors(temperature: float) -> list[str]:
        sure, correct = c.confidence(c.softmax(logits["test_smoothed"], temperature), labels)
        tables = c.equal_width(sure, correct), c.equal_mass(sure, correct)
        bins = equal_width_bins(sure, c.BINS), equal_mass_bins(sure, c.BINS)
        return [
            text
            for table, which in zip(tables, bins, strict=True)
            for text in (f"{c.ece(table):.2%}", f"floor {ece_floor(sure, which):.2%}")
        ]

    page.get_by_role("tab", name="Calibration").first.click()
    figures = page.locator("#diagrams .tw-smoothed .tw-figures div").locator("dd:nth-of-type(-n+2)")
    for temperature, position in ((1.0, 0), (0.5, -100)):
        slide(page.locator("#calibration-t-smoothed"), position)
        for place, text in enumerate(errors(temperature)):
            expect(figures.nth(place)).to_have_text(text)
    page.locator("#coverage input[type=number]").fill("100")
    page.locator("#coverage input[type=number]").press("Enter")
    wrong = (logits["test_hard"].argmax(axis=1) != labels).mean()
    expect(page.locator("#risk")).to_contain_text(f"hard labels: error rate {wrong:.2%}")


def test_learning_by_hand_the_claims_and_the_quiz(page: Page) -> None:
    page.get_by_role("tab", name="Learn").first.click()
    expect(page.locator("#by-hand")).to_contain_text("91.00%")
    page.get_by_label("spread over the other K - 1 classes").check()
    expect(page.locator("#by-hand")).to_contain_text("90.00%")
    expect(page.locator("#claims tbody tr")).to_have_count(len(CLAIMS))
    question = page.locator("#quiz fieldset").first
    question.get_by_label("100%").check()
    expect(question.get_by_role("status")).to_contain_text("Not quite.")
    question.get_by_label("91%").check()
    expect(question.get_by_role("status")).to_contain_text("Right.")


def test_a_batch_becomes_a_table_and_a_harmless_csv(
    page: Page, test_pictures: Pictures, tmp_path: Path
) -> None:
    names = ["=1+1.png", "b.png", "broken.png"]
    for number, name in enumerate(names):
        content = b"no picture" if name == "broken.png" else as_png(test_pictures, number)
        (tmp_path / name).write_bytes(content)
    page.get_by_role("tab", name="Batch").first.click()
    page.set_input_files("#batch-files input[type=file]", [str(tmp_path / n) for n in names])
    expect(page.locator("#batch-summary")).to_contain_text("2 of 3 pictures could be read")
    expect(page.locator("#batch-table")).to_contain_text("not a picture that can be read")
    expect(page.locator("#batch-csv")).to_be_enabled()
    with page.expect_download() as downloading:
        page.locator("#batch-csv").click()
    text = Path(downloading.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["name"] for row in rows] == ["'=1+1.png", "b.png", "broken.png"]
    assert float(rows[1]["hard, %"]) > 10
    assert rows[2]["hard"] == ""
    assert rows[1]["hard, SHA-256"] == manifest.read(COMMITTED).models["hard"].sha256
    ten = [float(rows[1][f"hard, p({label})"]) for label in CLASSES]
    assert sum(ten) == pytest.approx(1, abs=1e-5)
    assert 100 * max(ten) == pytest.approx(float(rows[1]["hard, %"]), abs=1e-3)
    assert rows[1]["smoothed, T"] == "1.0"
    assert rows[1]["unlike the data"] in {"yes", "no"}
    assert "not a picture" in rows[2]["note"]
