"""The paragraph for a meeting: its four kinds, and the numbers in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.artifacts.report import UnlikeTheData
from contract.calibration.intervals import wilson
from contract.calibration.lookup import Bin
from contract.cifar10 import CLASSES
from serve.inference.compare import Comparison, Verdict
from serve.page.parts import sentence


def verdict(label: str, sure: float, right: int | None = 90, n: int = 100) -> Verdict:
    found = None if right is None else Bin(0.9, 0.95, n, right / n, wilson(right, n))
    rest = (1 - sure) / 9
    probabilities = [sure if name == label else rest for name in CLASSES]
    return Verdict(probabilities, label, sure, 1.0, found)


def comparison(hard: Verdict, smoothed: Verdict, unusual: bool | None = False) -> Comparison:
    return Comparison({"hard": hard, "smoothed": smoothed}, unusual)


def test_agreement_says_what_each_confidence_was_worth() -> None:
    said = sentence.of(comparison(verdict("dog", 0.9987), verdict("dog", 0.913, 992, 1000)))
    assert said.kind == "agree"
    assert said.first == "Both models say dog."
    assert said.rest == (
        "The hard-label model is 99.87% sure; it was right on 90.0% of the 100 CIFAR-10 test "
        "pictures on which it was 90 to 95% sure. The smoothed model is 91.30% sure; it was right "
        "on 99.2% of the 1,000 test pictures on which it was 90 to 95% sure. On your own photos, "
        "they may do better or worse."
    )


@pytest.mark.parametrize(
    ("true", "end"),
    [
        ("cat", "the hard-label model is right."),
        ("dog", "the smoothed model is right."),
        ("ship", "both models are wrong."),
    ],
)
def test_disagreement_names_both_and_a_known_class_settles_it(true: str, end: str) -> None:
    said = sentence.of(comparison(verdict("cat", 0.8), verdict("dog", 0.7)), true)
    assert said.kind == "disagree"
    assert said.first == f"They disagree. This is a {true}."
    assert "says cat, 80.00% sure" in said.rest
    assert said.rest.endswith(f"The CIFAR-10 label is {true}, so {end}")


def test_one_short_sentence_says_who_is_right() -> None:
    both = comparison(verdict("dog", 0.9), verdict("dog", 0.9))
    assert sentence.of(both).first == "Both models say dog."
    assert sentence.of(both, "dog").first == "Both models say dog, and both are right."
    assert sentence.of(both, "airplane").first == (
        "Both models say dog, and both are wrong: this is an airplane."
    )
    apart = comparison(verdict("cat", 0.8), verdict("dog", 0.7))
    assert sentence.of(apart).first == "The models disagree: cat or dog?"


def test_both_unsure_comes_before_agreement() -> None:
    said = sentence.of(comparison(verdict("cat", 0.4), verdict("cat", 0.3)))
    assert (said.kind, said.first) == ("unsure", "Both models say cat, but neither is sure.")
    half = sentence.of(comparison(verdict("cat", 0.5), verdict("cat", 0.3)))
    assert half.kind == "agree"
    apart = sentence.of(comparison(verdict("cat", 0.4), verdict("dog", 0.3)))
    assert (apart.kind, apart.first) == ("unsure", "Neither model is sure: cat or dog?")


def test_an_unusual_picture_comes_first_and_gets_no_accuracy() -> None:
    said = sentence.of(comparison(verdict("cat", 0.99), verdict("dog", 0.3), unusual=True))
    assert said.kind == "unusual"
    assert "right on" not in said.rest
    assert "do not trust these percentages" in said.rest
    assert "the hard-label model says cat, 99.00% sure" in said.rest
    assert "the smoothed model says dog, 30.00% sure" in said.rest
    same = sentence.of(comparison(verdict("cat", 0.99), verdict("cat", 0.3), unusual=True), "cat")
    assert same.rest.endswith(
        "both say cat; the hard-label model is 99.00% sure, and the smoothed model is 30.00% sure. "
        "The CIFAR-10 label is cat, so both models are right."
    )


def test_the_warning_says_how_often_it_comes() -> None:
    known = UnlikeTheData(
        least_energy={},
        validation=0.0496,
        test=0.06,
        outside={"noise": 1.0, "digits": 0.748},
        auroc={},
    )
    found = replace(
        comparison(verdict("cat", 0.99), verdict("cat", 0.3), unusual=True), warned=known
    )
    said = sentence.of(found)
    assert said.first == "This picture is unlike the training data."
    assert "This warning also comes for 5% of those pictures. It comes for 75% to 100% of p" in (
        said.rest
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            (0.999, 1.0, 5306, 5307),
            "right on all but 1 of the 5,307 {} on which it was 99.9 to 100%",
        ),
        ((0.999, 1.0, 5307, 5307), "right on all 5,307 {} on which it was 99.9 to 100% sure"),
        ((0.0, 0.3, 20, 60), "right on 33.3% of the 60 {} on which it was at most 30% sure"),
        ((0.0, 1.0, 20, 40), "right on 50.0% of the 40 {}."),
        ((0.0, 1.0, 1, 1), "right on the one {}."),
        ((0.0, 1.0, 0, 1), "wrong on the one {}."),
    ],
)
def test_one_picture_several_and_all_are_counted_in_words(
    found: tuple[float, float, int, int], words: str
) -> None:
    low, high, right, n = found
    measured = Bin(low, high, n, right / n, wilson(right, n))
    one = replace(verdict("cat", 0.9), reliability=measured)
    said = sentence.of(comparison(one, verdict("cat", 0.8, None)))
    pictures = "CIFAR-10 test picture" if n == 1 else "CIFAR-10 test pictures"
    assert f"it was {words.format(pictures)}" in said.rest


def test_without_evidence_nothing_is_claimed() -> None:
    said = sentence.of(comparison(verdict("cat", 0.9, None), verdict("cat", 0.8, None), None))
    assert said.rest == "The hard-label model is 90.00% sure. The smoothed model is 80.00% sure."


def test_numbers_never_round_to_certainty() -> None:
    assert sentence.percent(0.99996) == ">99.99%"
    assert sentence.percent(0.99990) == "99.99%"
    assert sentence.percent(0.00004) == "<0.01%"
    assert sentence.whole_percent(0.9951) == ">99%"
    assert sentence.whole_percent(0.9949) == "99%"
    assert sentence.whole_percent(0.0099) == "<1%"
    assert sentence.whole_share(0.9999) == ">99%"
    assert (sentence.whole_share(1.0), sentence.whole_share(0.0)) == ("100%", "0%")
    assert sentence.share(0.9999, 10_000) == "all but 1"
    assert sentence.share(1.0, 60) == "100.0%"
    assert sentence.share(0.989, 6412) == "98.9%"


def test_where_both_are_wrong_the_label_may_be() -> None:
    both = comparison(verdict("frog", 0.99), verdict("frog", 0.9))
    assert sentence.of(both, "cat").rest.endswith(
        "The CIFAR-10 label is cat, so both models are wrong, or the label is: about 1 in 200 "
        "CIFAR-10 test labels are."
    )
    assert sentence.of(both, "frog").rest.endswith(
        "The CIFAR-10 label is frog, so both models are right."
    )
