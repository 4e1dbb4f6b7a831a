"""The paragraph for a meeting: all kinds, and the numbers in it."""

from __future__ import annotations

import pytest

from contract.cifar10 import CLASSES
from contract.intervals import wilson
from contract.lookup import Bin
from serve.compare import Comparison, Verdict
from serve.ui import sentence


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
    assert said.first == "Both say dog."
    assert said.rest == (
        "The hard-label model is 99.87% sure; when it said 90 to 95%, it was right on 90.0% of "
        "100 CIFAR-10 test pictures. The smoothed model is 91.30% sure; when it said 90 to 95%, "
        "it was right on 99.2% of 1,000. Your photo may differ."
    )


@pytest.mark.parametrize(
    ("true", "end"),
    [
        ("cat", "the hard-label model is right."),
        ("dog", "the smoothed model is right."),
        ("ship", "both are wrong."),
    ],
)
def test_disagreement_names_both_and_a_known_class_settles_it(true: str, end: str) -> None:
    said = sentence.of(comparison(verdict("cat", 0.8), verdict("dog", 0.7)), true)
    assert said.kind == "disagree"
    assert said.first == "They disagree: cat or dog?"
    assert "says cat, 80.00% sure" in said.rest
    assert said.rest.endswith(f"CIFAR-10 calls this one {true}: {end}")


def test_both_unsure_comes_before_agreement() -> None:
    said = sentence.of(comparison(verdict("cat", 0.4), verdict("cat", 0.3)))
    assert (said.kind, said.first) == ("unsure", "Both say cat, but neither is sure.")
    half = sentence.of(comparison(verdict("cat", 0.5), verdict("cat", 0.3)))
    assert half.kind == "agree"


def test_an_unusual_picture_comes_first_and_gets_no_accuracy() -> None:
    said = sentence.of(comparison(verdict("cat", 0.99), verdict("dog", 0.3), unusual=True))
    assert said.kind == "unusual"
    assert "right on" not in said.rest
    assert "cat, 99.00% sure" in said.rest


def test_without_evidence_nothing_is_claimed() -> None:
    said = sentence.of(comparison(verdict("cat", 0.9, None), verdict("cat", 0.8, None), None))
    assert said.rest == "The hard-label model is 90.00% sure. The smoothed model is 80.00% sure."


def test_numbers_never_round_to_certainty() -> None:
    assert sentence.percent(0.99996) == ">99.99%"
    assert sentence.percent(0.99990) == "99.99%"
    assert sentence.percent(0.00004) == "<0.01%"
    assert sentence.share(0.9999, 10_000) == "all but 1"
    assert sentence.share(1.0, 60) == "100.0%"
    assert sentence.share(0.989, 6412) == "98.9%"


def test_where_both_are_wrong_the_label_may_be() -> None:
    both = comparison(verdict("frog", 0.99), verdict("frog", 0.9))
    assert sentence.of(both, "cat").rest.endswith(
        "CIFAR-10 calls this one cat: both are wrong, unless the label is, as about 1 in 200 are."
    )
    assert sentence.of(both, "frog").rest.endswith("CIFAR-10 calls this one frog: both are right.")
