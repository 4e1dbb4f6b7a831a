"""The stress test: what its chart shows, and how it starts, plays and is linked to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.artifacts import manifest
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import Server
from serve.inference.compare import Verdict
from serve.page.figures import severity
from serve.page.figures.severity import STEPS, Run
from tests.contract.pictures.files import FOLDER
from tests.serve.page.conftest import a_sample, needs_chromium, opened, show


def verdict(label: str, confidence: float) -> Verdict:
    rest = (1 - confidence) / (len(CLASSES) - 1)
    return Verdict([confidence if name == label else rest for name in CLASSES], label, confidence)


def drawn(html: str, which: str) -> str:
    """The chart of the confidence in the answer, or in the true class."""
    return html.split(f'class="tw-{which}"')[1].split("</svg>")[0]


def heights(chart: str, name: str) -> list[float]:
    """The pixels above the axis of a model's points, in the order of the severities."""
    points = re.search(rf'class="tw-line tw-{name}" points="([^"]+)"', chart)
    assert points is not None
    ys = [float(pair.split(",")[1]) for pair in points[1].split()]
    axis = float(chart.split('class="tw-axis" d="M')[1].split("V")[1].split("H")[0])
    return [axis - y for y in ys]


def run(true: str | None) -> Run:
    """A model that is wrong at first and then becomes right, ever more confidently."""
    answers = [verdict("truck", 0.6), *(verdict("dog", p) for p in (0.7, 0.8, 0.9, 0.95, 0.99))]
    return Run(
        "blur", [""] * len(STEPS), dict.fromkeys(NAMES, answers), true, "A picture.", ("A note.",)
    )


def test_a_model_that_becomes_right_does_not_look_like_a_collapse() -> None:
    html = severity.html(run("dog"), manifest.read(COMMITTED))
    for which in ("of-answer", "of-true"):
        rising = heights(drawn(html, which), "hard")
        assert rising == sorted(rising), which
    # Only the first answer is wrong, and its point alone is hollow.
    assert drawn(html, "of-answer").count("tw-lost") == len(NAMES)
    assert html.count("A note.") == 1


def test_the_confidence_in_a_class_that_nobody_knows_is_not_drawn() -> None:
    html = severity.html(run(None), manifest.read(COMMITTED))
    assert "<svg" not in html.split('class="tw-of-true')[1].split("</p>")[0]
    assert "Nobody has said what this photo shows" in html
    assert "tw-wrong" not in html


@needs_chromium
def test_it_starts_with_a_sample_and_shows_where_each_model_breaks(page: Page) -> None:
    show(page, "Stress test")
    stress = page.locator("#stress")
    expect(stress).to_contain_text("A CIFAR-10 test picture of the class")
    expect(stress.locator(".tw-of-answer circle.tw-dot")).to_have_count(len(STEPS))
    shown = stress.locator(".tw-degraded img:visible")
    noisy = shown.get_attribute("src")
    page.get_by_role("radio", name="occlusion").check()
    expect(stress.locator(".tw-of-answer svg")).to_have_attribute(
        "aria-label", re.compile("occlusion")
    )
    expect(page).to_have_url(re.compile("corruption=occlusion"))
    assert shown.get_attribute("src") != noisy


@needs_chromium
def test_a_severity_is_chosen_by_keys_and_by_its_picture_and_is_in_the_address(
    page: Page, chromium: Browser
) -> None:
    show(page, "Stress test")
    stage = page.locator("#stress .tw-degraded [data-severity]:visible")
    expect(stage).to_have_attribute("data-severity", "3")
    page.locator("#tw-severity-3").focus()
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-severity", "4")
    page.locator(".tw-steps label").nth(5).click()
    expect(stage).to_have_attribute("data-severity", "5")
    page.get_by_text("the true class", exact=True).click()
    expect(page.locator(".tw-of-true svg")).to_be_visible()
    expect(page.locator(".tw-of-answer svg")).to_be_hidden()
    assert "severity=5" in page.url
    assert "of=true" in page.url
    other = opened(chromium, page.url)
    expect(other.locator("#stress .tw-degraded [data-severity]:visible")).to_have_attribute(
        "data-severity", "5"
    )
    expect(other.locator(".tw-of-true svg")).to_be_visible()
    other.context.close()


@needs_chromium
def test_severity_plays_to_the_end_and_takes_one_step_where_motion_is_unwanted(
    page: Page, chromium: Browser, server: Server
) -> None:
    show(page, "Stress test")
    stage = page.locator("#stress .tw-degraded [data-severity]:visible")
    play = page.locator("#tw-play")
    play.click()
    for severity_now in ("0", "1", "2", "3", "4", "5"):
        expect(stage).to_have_attribute("data-severity", severity_now)
    expect(play).to_have_attribute("aria-label", "Play all severities")
    still = chromium.new_context(reduced_motion="reduce").new_page()
    still.goto(f"{server.url}/?tab=stress")
    stage = still.locator("#stress .tw-degraded [data-severity]:visible")
    expect(stage).to_have_attribute("data-severity", "3", timeout=30_000)
    still.locator("#tw-play").click()
    expect(stage).to_have_attribute("data-severity", "4")
    still.wait_for_timeout(1500)
    expect(stage).to_have_attribute("data-severity", "4")
    still.context.close()


@needs_chromium
@pytest.mark.parametrize("whole", [True, False])
def test_an_upload_that_is_cut_short_says_so_here_too(
    page: Page, test_pictures: Pictures, tmp_path: Path, whole: bool
) -> None:
    (tmp_path / "whole.png").write_bytes(as_png(test_pictures, 3))
    path = tmp_path / "whole.png" if whole else FOLDER / "last-2-bytes-missing.jpg"
    page.set_input_files("#photo input[type=file]", str(path))
    expect(page.locator("#seen [data-sample='']")).to_be_attached()
    show(page, "Stress test")
    stress = page.locator("#stress")
    expect(stress).to_contain_text("Your picture from the Compare tab")
    note = stress.get_by_text("The file is cut short")
    expect(note).to_have_count(0 if whole else 1)


@needs_chromium
def test_a_link_to_a_sample_and_a_corruption_shows_both(chromium: Browser, server: Server) -> None:
    number = a_sample(CLASSES.index("frog"))
    page = opened(chromium, f"{server.url}/?tab=stress&sample={number}&corruption=jpeg")
    expect(page.locator("#stress")).to_contain_text("A CIFAR-10 test picture of the class frog")
    expect(page.get_by_role("radio", name="jpeg")).to_be_checked()
    page.context.close()
