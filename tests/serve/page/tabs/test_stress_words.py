"""The sentence of the tab Stress test: where a model changes its answer."""

from __future__ import annotations

import pytest

from contract.twins import NAMES
from serve.inference.compare import Verdict
from serve.page.figures.severity import sentence, switches


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("dog dog dog dog dog dog", "says dog at every severity."),
        ("dog frog frog frog frog frog", "switches from dog to frog at severity 1."),
        (
            "dog frog frog dog dog dog",
            "switches from dog to frog at severity 1, and back at severity 3.",
        ),
        (
            "dog dog frog frog cat cat",
            "switches from dog to frog at severity 2, and to cat at severity 4.",
        ),
        (
            "dog frog cat frog frog dog",
            "switches from dog to frog at severity 1, to cat at severity 2, back to frog at "
            "severity 3, and back to dog at severity 5.",
        ),
    ],
)
def test_every_change_is_told_in_one_sentence(labels: str, words: str) -> None:
    assert switches("The hard-label model", labels.split()) == f"The hard-label model {words}"


def series(hard: str, smoothed: str) -> dict[str, list[Verdict]]:
    return {
        name: [Verdict([], label, 0.9) for label in labels.split()]
        for name, labels in zip(NAMES, (hard, smoothed), strict=True)
    }


def test_models_that_answer_alike_share_a_sentence() -> None:
    assert sentence(series("dog dog", "dog dog")) == "Both models say dog at every severity."
    assert sentence(series("dog cat", "dog cat")) == (
        "Both models switch from dog to cat at severity 1."
    )
    assert sentence(series("dog cat", "dog dog")) == (
        "The hard-label model switches from dog to cat at severity 1. "
        "The smoothed model says dog at every severity."
    )
