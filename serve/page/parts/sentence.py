"""What a comparison means, in plain words and from the evidence: one sentence, and a paragraph.

There are four kinds: the picture is unlike the data, both models are unsure, they agree, or they
disagree. This is text only; `serve.page.compare.answers` puts it on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contract.artifacts.report import UnlikeTheData
from contract.calibration.lookup import Bin
from contract.twins import TWINS, Twin
from serve.inference.compare import Comparison, Verdict

UNSURE = 0.5
"""Below this confidence, the other nine classes together are more likely than the answer."""
# 54 of the 10,000 test labels were found wrong: Northcutt et al., Pervasive Label Errors in Test
# Sets Destabilize Machine Learning Benchmarks, 2021, table 1.
_OR_THE_LABEL = "or the label is: about 1 in 200 CIFAR-10 test labels are"
_CAVEAT = "On your own photos, they may do better or worse."

Kind = Literal["unusual", "unsure", "agree", "disagree"]


@dataclass(frozen=True)
class Sentence:
    """A first sentence to be read at a glance, and the sentences that support it."""

    kind: Kind
    first: str
    rest: str


def of(comparison: Comparison, true: str | None = None) -> Sentence:
    """The paragraph for both models' answers to one picture; `true` is its class, if known."""
    kind, first = _first(comparison, true)
    rest = [_unlike_the_data(comparison)] if kind == "unusual" else _confidences(comparison)
    if true is not None:
        rest.append(_judged(comparison, true))
    elif kind != "unusual" and any(verdict.reliability for verdict in comparison.models.values()):
        rest.append(_CAVEAT)
    return Sentence(kind, first, " ".join(rest))


def _first(comparison: Comparison, true: str | None) -> tuple[Kind, str]:
    verdicts = [comparison.models[name] for name in TWINS]
    answers = " or ".join(verdict.label for verdict in verdicts)
    if comparison.unusual:
        return "unusual", "This picture is unlike the training data."
    if max(verdict.confidence for verdict in verdicts) < UNSURE:
        if comparison.agree:
            return "unsure", f"Both models say {verdicts[0].label}, but neither is sure."
        return "unsure", f"Neither model is sure: {answers}?"
    if comparison.agree:
        return "agree", _agreed(verdicts[0].label, true)
    if true is None:
        return "disagree", f"The models disagree: {answers}?"
    return "disagree", f"They disagree. This is {with_article(true)}."


def _agreed(label: str, true: str | None) -> str:
    if true is None:
        return f"Both models say {label}."
    if label == true:
        return f"Both models say {label}, and both are right."
    return f"Both models say {label}, and both are wrong: this is {with_article(true)}."


def _confidences(comparison: Comparison) -> list[str]:
    """One sentence for each model: how sure it is, and how often it was right when it was that
    sure. The first one says on which pictures that was measured."""
    sentences = []
    pictures = "CIFAR-10 test picture"
    for name, twin in TWINS.items():
        verdict = comparison.models[name]
        sentences.append(_confidence(twin, verdict, not comparison.agree, pictures))
        if verdict.reliability is not None:
            pictures = "test picture"
    return sentences


def _confidence(twin: Twin, verdict: Verdict, with_answer: bool, pictures: str) -> str:
    subject = twin.subject_first
    if verdict.temperature != 1:
        subject += f" at T = {verdict.temperature:.2f}"
    sure = f"{percent(verdict.confidence)} sure"
    claim = f"says {verdict.label}, {sure}" if with_answer else f"is {sure}"
    if verdict.reliability is None:
        return f"{subject} {claim}."
    return f"{subject} {claim}; {_worth(verdict.reliability, pictures)}."


def _worth(found: Bin, pictures: str) -> str:
    """How often a model was right on the test pictures on which it was about as sure."""
    alike = f"{pictures}{'' if found.n == 1 else 's'}{when_as_sure(found)}"
    if found.n == 1:
        return f"it was {'right' if found.accuracy == 1 else 'wrong'} on the one {alike}"
    if found.accuracy == 1:
        return f"it was right on all {found.n:,} {alike}"
    return f"it was right on {share(found.accuracy, found.n)} of the {found.n:,} {alike}"


def when_as_sure(found: Bin) -> str:
    """Which test pictures are counted, as the end of a clause; empty if all of them are."""
    low, high = 100 * found.low, 100 * found.high
    if low == 0:
        return "" if high >= 100 else f" on which it was at most {high:g}% sure"
    return f" on which it was {low:g} to {high:g}% sure"


def who_is_right(right: Sequence[str]) -> str:
    """Who is right, as a clause; `right` holds the subjects of the models that are."""
    if len(right) == len(TWINS):
        return "both models are right"
    return f"{right[0]} is right" if right else "both models are wrong"


def _judged(comparison: Comparison, true: str) -> str:
    right = [twin.subject for name, twin in TWINS.items() if comparison.models[name].label == true]
    outcome = who_is_right(right)
    if not right and comparison.agree:
        outcome += f", {_OR_THE_LABEL}"
    return f"The CIFAR-10 label is {true}, so {outcome}."


def _unlike_the_data(comparison: Comparison) -> str:
    hard, smoothed = (comparison.models[name] for name in TWINS)
    first, second = (twin.subject for twin in TWINS.values())
    if comparison.agree:
        answers = (
            f"both say {hard.label}; {first} is {percent(hard.confidence)} sure, and {second} is "
            f"{percent(smoothed.confidence)} sure"
        )
    else:
        answers = (
            f"{first} says {hard.label}, {percent(hard.confidence)} sure, and {second} says "
            f"{smoothed.label}, {percent(smoothed.confidence)} sure"
        )
    return (
        "It looks less like any of the ten classes than the pictures on which the models were "
        f"checked, so do not trust these percentages. {_how_often(comparison.warned)}Both models "
        f"must still choose one of the ten: {answers}."
    )


def _how_often(warned: UnlikeTheData | None) -> str:
    """How often the warning comes where it should not, and where it should."""
    if warned is None:
        return ""
    least, most = min(warned.outside.values()), max(warned.outside.values())
    return (
        f"This warning also comes for {warned.validation:.0%} of those pictures. It comes for "
        f"{least:.0%} to {most:.0%} of pictures such as noise, patterns and text, and less often "
        "for photos of other things. "
    )


def whole(clause: str) -> str:
    """The message of an error, such as "the picture is empty", as a sentence of its own."""
    return f"{clause[:1].upper()}{clause[1:]}."


def counted(n: int, noun: str) -> str:
    """A number with its noun, such as "1 picture" or "1,000 pictures"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def with_article(noun: str) -> str:
    """A class with its indefinite article, such as "an airplane"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def whole_percent(probability: float) -> str:
    """A probability as a whole percentage, but never a rounded 100% or 0%."""
    if probability > 0.995:
        return ">99%"
    return "<1%" if probability < 0.01 else f"{100 * probability:.0f}%"


def whole_share(value: float) -> str:
    """An accuracy as a whole percentage; 100% or 0% only where it is all or none."""
    return f"{value:.0%}" if value in (0, 1) else whole_percent(value)


def share(value: float, n: int) -> str:
    """A share of `n` pictures, to a tenth of a percent; 100% only where it is all of them."""
    text = f"{100 * value:.1f}%"
    if text == "100.0%" and value < 1:
        return f"all but {round((1 - value) * n)}"
    return text


def percent(probability: float) -> str:
    """Two decimals, but never a rounded 100.00% or 0.00%: no softmax gives either."""
    if probability > 0.99995:
        return ">99.99%"
    if probability < 0.00005:
        return "<0.01%"
    return f"{100 * probability:.2f}%"
