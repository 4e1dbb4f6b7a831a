"""Each tab's main path and an error, in real Chromium, on the committed pair."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from benchmarks.browser import slide
from contract import calibration as c
from contract import manifest, report
from contract.cifar10 import CLASSES
from serve.ui.samples import Samples
from tests.conftest import COMMITTED, Server
from tests.serve.conftest import needs_chromium, opened
from tests.serve.pictures import as_png
from train.data import Cifar10

pytestmark = needs_chromium

TABS = ("Gallery", "Stress test", "Calibration", "Learn", "Batch")


def a_sample(label: int | None = None) -> int:
    """The index of a picture that both get right, of the class `label`."""
    samples = Samples(COMMITTED, manifest.read(COMMITTED).pair)
    return next(
        s.sample.index
        for s in samples.all
        if s.sample.group == "both_right" and label in (None, s.sample.label)
    )


def sure(page: Page, name: str) -> float:
    text = page.locator(f"#results .tw-answer.tw-{name} > .tw-number").inner_text()
    return float(text.strip("<>%"))


def test_a_temperature_changes_bars_sentence_and_address(chromium: Browser, server: Server) -> None:
    page = opened(chromium, f"{server.url}/?sample={a_sample()}")
    expect(page.locator("#results .tw-sentence")).to_have_attribute("data-kind", "agree")
    before = sure(page, "hard")
    slide(page.locator("#temperatures-hard"), 100)
    expect(page.locator("#results .tw-sentence")).to_contain_text("at T = 2.00")
    assert sure(page, "hard") < before
    assert "t_hard=2.00" in page.url
    page.get_by_role("button", name="Both as trained").first.click()
    expect(page.locator("#results .tw-sentence")).not_to_contain_text("at T =")
    assert sure(page, "hard") == before
    assert "t_hard" not in page.url
    page.context.close()


def test_a_link_shows_the_same_to_somebody_else(chromium: Browser, server: Server) -> None:
    link = f"{server.url}/?sample={a_sample()}&t_hard=2.00&t_smoothed=0.50"
    page, other = opened(chromium, link), opened(chromium, f"{link}&tab=stress&corruption=blur")
    expect(page.locator("#results .tw-sentence")).to_contain_text("at T = 2.00")
    expect(page.locator("output[for=temperatures-smoothed]")).to_have_text("0.50")
    expect(other.locator("#stress svg")).to_have_attribute("aria-label", re.compile("blur"))
    expect(other.locator("#stress")).to_contain_text("Rescaled as in Compare: Hard labels T = 2.00")
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
        expect(page).to_have_url(re.compile("sample="))  # what is shown in Compare stays
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
    chromium: Browser, server: Server, sample: Cifar10, tmp_path: Path
) -> None:
    first, second = opened(chromium, server.url), opened(chromium, server.url)
    for number, page in enumerate((first, second)):
        (tmp_path / f"{number}.png").write_bytes(as_png(sample, number))
        page.set_input_files("#photo input[type=file]", str(tmp_path / f"{number}.png"))
    for page in (first, second):
        expect(page.locator("#seen img")).to_be_visible()
    slide(first.locator("#temperatures-hard"), 150)
    expect(first.locator("#results .tw-sentence")).to_contain_text("at T = 2.83")
    slide(second.locator("#temperatures-hard"), -50)
    expect(second.locator("#results .tw-sentence")).to_contain_text("at T = 0.71")
    assert first.locator("#seen img").get_attribute("src") != second.locator(
        "#seen img"
    ).get_attribute("src")
    expect(first.locator("#results .tw-sentence")).to_contain_text("at T = 2.83")
    for page in (first, second):
        page.context.close()


def test_the_gallery_is_filtered_and_opens_in_compare(page: Page) -> None:
    page.get_by_role("tab", name="Gallery").first.click()
    shown = page.locator("#gallery li:not([hidden])")
    everything = shown.count()
    page.get_by_text("only smoothed right").click()
    page.get_by_label("True class").select_option("cat")
    expect(page.locator("#tw-count")).not_to_have_text(f"{everything} pictures")
    assert 0 < shown.count() < everything
    for item in shown.all():
        assert item.get_attribute("data-group") == "only_smoothed_right"
        assert item.locator("strong").inner_text() == "cat"
    slide(page.locator("#tw-sure"), 99)
    for item in shown.all():
        assert float(item.get_attribute("data-hard") or 0) >= 0.99
    slide(page.locator("#tw-sure"), 0)
    shown.first.locator("button").click()
    expect(page.locator("#results .tw-sentence")).to_contain_text("CIFAR-10 calls this one cat")
    expect(page.locator("#photo")).to_be_visible()


def test_the_stress_test_asks_for_a_picture_and_then_shows_where_each_breaks(page: Page) -> None:
    page.get_by_role("tab", name="Stress test").first.click()
    expect(page.locator("#stress")).to_contain_text("Choose a picture")
    page.get_by_role("tab", name="Compare").first.click()
    page.locator("#samples button").first.click()
    expect(page.locator("#seen img")).to_be_visible()
    page.get_by_role("tab", name="Stress test").first.click()
    expect(page.locator("#stress svg circle")).to_have_count(6)
    clean = page.locator("#stress img").get_attribute("src")
    page.get_by_label("occlusion").check()
    expect(page.locator("#stress svg")).to_have_attribute("aria-label", re.compile("occlusion"))
    assert "corruption=occlusion" in page.url
    assert page.locator("#stress img").get_attribute("src") != clean


def test_calibration_is_recomputed_from_the_logits(page: Page) -> None:
    _, logits = report.read(COMMITTED, manifest.read(COMMITTED).pair)
    labels = logits["test_labels"].astype(np.int64)

    def ece(temperature: float) -> str:
        sure, correct = c.confidence(c.softmax(logits["test_smoothed"], temperature), labels)
        return f"{c.ece(c.equal_width(sure, correct)):.2%}"

    page.get_by_role("tab", name="Calibration").first.click()
    figure = page.locator("#diagrams .tw-smoothed dd").first
    expect(figure).to_have_text(ece(1.0))
    slide(page.locator("#calibration-t-smoothed"), -100)
    expect(figure).to_have_text(ece(0.5))
    page.locator("#coverage input[type=number]").fill("100")
    page.locator("#coverage input[type=number]").press("Enter")
    wrong = (logits["test_hard"].argmax(axis=1) != labels).mean()
    expect(page.locator("#risk")).to_contain_text(f"hard labels: {wrong:.2%} wrong")


def test_learning_by_hand_the_claims_and_the_quiz(page: Page) -> None:
    page.get_by_role("tab", name="Learn").first.click()
    expect(page.locator("#by-hand")).to_contain_text("91.00%")
    page.get_by_label("shared among the K - 1 others").check()
    expect(page.locator("#by-hand")).to_contain_text("90.00%")
    expect(page.locator("#claims tbody tr")).to_have_count(9)
    question = page.locator("#quiz fieldset").first
    question.get_by_label("100%").check()
    expect(question.get_by_role("status")).to_contain_text("Not quite.")
    question.get_by_label("91%").check()
    expect(question.get_by_role("status")).to_contain_text("Right.")


def test_a_batch_becomes_a_table_and_a_harmless_csv(
    page: Page, sample: Cifar10, tmp_path: Path
) -> None:
    names = ["=1+1.png", "b.png", "broken.png"]
    for number, name in enumerate(names):
        content = b"no picture" if name == "broken.png" else as_png(sample, number)
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
    assert "not a picture" in rows[2]["note"]


def test_with_the_keyboard_alone(page: Page) -> None:
    page.locator("#samples button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#seen img")).to_be_visible()
    page.locator("#temperatures-hard").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#results .tw-sentence")).to_contain_text("at T = 1.07")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        (390, True),
        pytest.param(390, False, marks=pytest.mark.slow),
        pytest.param(1440, False, marks=pytest.mark.slow),
        pytest.param(1440, True, marks=pytest.mark.slow),
    ],
)
def test_nothing_sticks_out_and_axe_finds_nothing_serious(
    chromium: Browser, server: Server, width: int, dark: bool
) -> None:
    # The longest name of a class, judged: the widest answer there is.
    sample = a_sample(CLASSES.index("automobile"))
    page = opened(chromium, f"{server.url}/?sample={sample}", width=width, dark=dark)
    expect(page.locator("#seen img")).to_be_visible()
    found: list[str] = []
    for tab in ("Compare", *TABS):
        if tab != "Compare":
            show(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append(f"{tab}: {violation['id']}: {nodes}")
    page.context.close()
    assert not found, "\n".join(found)


def test_on_a_phone_a_click_brings_the_answer_into_view(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server.url, width=390)
    samples = page.locator("#samples button")
    expect(samples.nth(9)).to_be_visible()
    samples.nth(1).click()
    expect(page.locator("#seen img")).to_be_visible()
    expect(page.locator("#results .tw-sentence")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def show(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).first.click()
    page.wait_for_timeout(300)
