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
_CAVEAT = "Your photo may differ."

Kind = Literal["unusual", "unsure", "agree", "disagree"]


@dataclass(frozen=True)
class Sentence:
    """A first sentence to be read at once, and what stands behind it."""

    kind: Kind
    first: str
    rest: str


def of(comparison: Comparison) -> Sentence:
    """The paragraph for both twins' answers to one picture."""
    hard, smoothed = (comparison.models[name] for name in NAMES)
    if comparison.unusual:
        return Sentence("unusual", "This picture is unlike what the models know.", _odd(comparison))
    kind: Kind
    if max(hard.confidence, smoothed.confidence) < UNSURE:
        kind = "unsure"
        what = hard.label if comparison.agree else f"{hard.label} or {smoothed.label}"
        first = f"Neither model is sure: {what}?"
    elif comparison.agree:
        kind, first = "agree", f"Both say {hard.label}."
    else:
        kind, first = "disagree", f"They disagree: {hard.label} or {smoothed.label}?"
    named = not comparison.agree
    rest = [_says("hard", hard, named), _says("smoothed", smoothed, named)]
    if hard.reliability or smoothed.reliability:
        rest.append(_CAVEAT)
    return Sentence(kind, first, " ".join(rest))


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
        "Its evidence for any class is weaker than that of 99 in 100 pictures they were checked "
        f"on. They must still name one of ten: {answers}. Nothing was measured on such pictures, "
        "so do not rely on these numbers."
    )


def _both(hard: Verdict, smoothed: Verdict) -> str:
    return f"{percent(hard.confidence)} and {percent(smoothed.confidence)}"


def _says(name: str, verdict: Verdict, named: bool) -> str:
    """One twin's part: how sure it is, and how often it was right when it was."""
    sure = percent(verdict.confidence)
    answer = f"says {verdict.label}, {sure} sure" if named else f"is {sure} sure"
    subject = SUBJECTS[name][0].upper() + SUBJECTS[name][1:]
    if verdict.temperature != 1:
        subject += f" at T = {verdict.temperature:.2f}"
    found = verdict.reliability
    if found is None:
        return f"{subject} {answer}."
    return (
        f"{subject} {answer}; when it said {_edge(found.low)} to {_edge(found.high)}%, it was "
        f"right on {share(found.accuracy, found.n)} of {found.n:,} CIFAR-10 test pictures."
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


def _edge(probability: float) -> str:
    return f"{100 * probability:g}"
