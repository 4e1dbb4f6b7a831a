"""What a comparison means, in plain words and from the evidence: one paragraph for a meeting.

Four kinds: the picture is unlike the data; both models are unsure; they agree; they disagree.
Text only: `serve.ui.render` puts it on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.manifest import NAMES
from serve.compare import Comparison, Verdict

UNSURE = 0.5
"""Below it the other nine classes together are likelier."""
TITLES = {"hard": "Hard labels", "smoothed": "Label smoothing"}
SUBJECTS = {"hard": "the hard-label model", "smoothed": "the smoothed model"}
SUBJECTS_FIRST = {name: subject.capitalize() for name, subject in SUBJECTS.items()}
"""Where they begin a sentence."""
# 54 of the 10,000 test labels were found wrong: Northcutt et al., Pervasive Label Errors in Test
# Sets Destabilize Machine Learning Benchmarks, 2021, table 1.
_OR_THE_LABEL = "unless the label is, as about 1 in 200 are"
_CAVEAT = "Your photo may differ."

Kind = Literal["unusual", "unsure", "agree", "disagree"]


@dataclass(frozen=True)
class Sentence:
    """A first sentence to be read at once, and what stands behind it."""

    kind: Kind
    first: str
    rest: str


def of(comparison: Comparison, true: str | None = None) -> Sentence:
    """The paragraph for both twins' answers to one picture; `true` is its class, where known."""
    hard, smoothed = (comparison.models[name] for name in NAMES)
    if comparison.unusual:
        first, rest = "This picture is unlike what the models know.", [_odd(comparison)]
        if true is not None:
            rest.append(_judged(hard.label, smoothed.label, true))
        return Sentence("unusual", first, " ".join(rest))
    kind: Kind
    if max(hard.confidence, smoothed.confidence) < UNSURE:
        kind = "unsure"
        first = (
            f"Both say {hard.label}, but neither is sure."
            if comparison.agree
            else f"Neither model is sure: {hard.label} or {smoothed.label}?"
        )
    elif comparison.agree:
        kind, first = "agree", f"Both say {hard.label}."
    else:
        kind, first = "disagree", f"They disagree: {hard.label} or {smoothed.label}?"
    named = not comparison.agree
    rest = [
        _says("hard", hard, named, " CIFAR-10 test pictures"),
        _says("smoothed", smoothed, named),
    ]
    if true is not None:
        rest.append(_judged(hard.label, smoothed.label, true))
    elif hard.reliability or smoothed.reliability:
        rest.append(_CAVEAT)
    return Sentence(kind, first, " ".join(rest))


def _judged(hard: str, smoothed: str, true: str) -> str:
    if hard == smoothed == true:
        return f"CIFAR-10 calls this one {true}: both are right."
    if hard == smoothed:
        return f"CIFAR-10 calls this one {true}: both are wrong, {_OR_THE_LABEL}."
    right = [
        SUBJECTS[name] for name, said in zip(NAMES, (hard, smoothed), strict=True) if said == true
    ]
    who = f"{right[0]} is right" if right else "both are wrong"
    return f"CIFAR-10 calls this one {true}: {who}."


def _odd(comparison: Comparison) -> str:
    hard, smoothed = (comparison.models[name] for name in NAMES)
    if comparison.agree:
        answers = f"both say {hard.label}, {_both(hard, smoothed)} sure"
    else:
        answers = (
            f"{SUBJECTS['hard']} says {hard.label}, {percent(hard.confidence)} sure, "
            f"{SUBJECTS['smoothed']} {smoothed.label}, {percent(smoothed.confidence)}"
        )
    return (
        "Both find less evidence for any class in it than in 99 of 100 pictures they were checked "
        f"on. They must still name one of ten: {answers}. What was measured on test pictures says "
        "nothing about such a one."
    )


def _both(hard: Verdict, smoothed: Verdict) -> str:
    return f"{percent(hard.confidence)} and {percent(smoothed.confidence)}"


def _says(name: str, verdict: Verdict, named: bool, of_what: str = "") -> str:
    """One twin's part: how sure it is, and how often it was right when it was."""
    sure = percent(verdict.confidence)
    answer = f"says {verdict.label}, {sure} sure" if named else f"is {sure} sure"
    subject = SUBJECTS_FIRST[name]
    if verdict.temperature != 1:
        subject += f" at T = {verdict.temperature:.2f}"
    found = verdict.reliability
    if found is None:
        return f"{subject} {answer}."
    return (
        f"{subject} {answer}; when it said {_between(found.low, found.high)}, it was right on "
        f"{share(found.accuracy, found.n)} of {found.n:,}{of_what}."
    )


def share(value: float, n: int) -> str:
    """A share of `n` pictures, to a tenth of a percent; 100% only where it is all of them."""
    text = f"{100 * value:.1f}%"
    if text == "100.0%" and value < 1:
        return f"all but {round((1 - value) * n)}"
    return text


def percent(probability: float) -> str:
    """Two decimals; never a rounded 100.00% or 0.00%, which no softmax says."""
    if probability > 0.99995:
        return ">99.99%"
    if probability < 0.00005:
        return "<0.01%"
    return f"{100 * probability:.2f}%"


def _between(low: float, high: float) -> str:
    return f"{100 * low:g} to {100 * high:g}%" if low else f"up to {100 * high:g}%"
