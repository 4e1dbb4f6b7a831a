"""Both answers as HTML: what is large, what is a badge, and how often the model was right."""

from __future__ import annotations

import re

import pytest

from contract.calibration.intervals import wilson
from contract.calibration.lookup import Bin
from contract.cifar10 import CLASSES
from serve.inference.compare import Comparison, Verdict
from serve.page.compare import answers, gauge

CAT, DOG = CLASSES.index("cat"), CLASSES.index("dog")


def verdict(label: str, sure: float, found: Bin | None) -> Verdict:
    rest = (1 - sure) / 9
    return Verdict([sure if name == label else rest for name in CLASSES], label, sure, 1.0, found)


FOUND = Bin(0.9, 0.95, 1000, 0.75, wilson(750, 1000))
BOTH = Comparison({"hard": verdict("cat", 0.9999, FOUND), "smoothed": verdict("dog", 0.5, FOUND)})


def articles(html: str) -> list[str]:
    return re.findall(r"<article.*?</article>", html, re.DOTALL)


def test_a_wrong_answer_has_a_filled_badge_and_a_right_one_has_none() -> None:
    hard, smoothed = articles(answers.results(BOTH, DOG))
    assert '<span class="tw-wrong">' in hard
    assert 'data-judged="wrong"' in hard
    assert '<span class="tw-right">' in smoothed
    assert "tw-wrong" not in smoothed
    for article in articles(answers.results(BOTH)):
        assert "data-judged" not in article


def test_the_tick_stands_at_the_accuracy_with_its_interval_and_its_pictures() -> None:
    html = gauge.gauge(BOTH.models["hard"])
    low, high = (f"{100 * end:.2f}%" for end in (FOUND.interval.low, FOUND.interval.high))
    assert "--at:75.00%" in html
    assert f"--low:{low};--high:{high}" in html
    assert "Right on 750 of 1,000 CIFAR-10 test pictures on which it was 90 to 95% sure" in html
    assert 'title="Right on' in html  # for the mouse
    assert '<span class="tw-hidden">. Right on' in html  # for screen readers


def test_a_picture_unlike_those_that_were_measured_gets_no_tick() -> None:
    odd = Comparison(BOTH.models, unusual=True)
    html = answers.results(odd)
    assert "tw-tick-of" not in html
    assert html.count("Do not trust this percentage") == 2


def test_the_three_likeliest_classes_come_first_and_the_others_are_folded() -> None:
    rows = re.findall(r'<li class="tw-row( tw-folded)?">.*?tw-name">(\w+)', answers.results(BOTH))
    assert [name for _, name in rows][:2] == ["cat", "dog"]
    assert [bool(folded) for folded, _ in rows] == [False] * 3 + [True] * 7
    assert sorted(name for _, name in rows) == sorted(CLASSES)


@pytest.mark.parametrize(("sure", "whole"), [(0.9999, "&gt;99%"), (0.42, "42%"), (0.001, "&lt;1%")])
def test_figures_are_whole_and_exact(sure: float, whole: str) -> None:
    html = gauge.figure(sure)
    assert f'<span class="tw-whole">{whole}</span>' in html
    assert f'<span class="tw-exact">{100 * sure:.2f}%</span>' in html


def test_an_error_is_no_result() -> None:
    html = answers.problem("No", "This <b> is wrong.")
    assert 'role="alert"' in html
    assert "tw-answer" not in html
    assert "&lt;b&gt;" in html


def test_a_set_names_its_classes_and_an_empty_one_says_so() -> None:
    models = dict(BOTH.models)
    models["hard"] = verdict("cat", 0.6, None)
    models["hard"].prediction_set = ["cat", "dog"]
    models["smoothed"] = verdict("dog", 0.3, None)
    models["smoothed"].prediction_set = []
    hard, smoothed = articles(answers.results(Comparison(models)))
    assert "It takes 2 classes: <b>cat</b><b>dog</b>" in hard
    assert "Its set is empty" in smoothed
