"""The sentences of the story. What they say follows from the figures, whichever pair is served."""

from __future__ import annotations

from collections.abc import Mapping

from contract.artifacts.claims import Claims
from contract.artifacts.report import CorruptionGroup
from contract.cifar10 import CLASSES
from contract.twins import TWINS
from serve.page.parts.samples import Shown
from serve.page.parts.sentence import who_is_right, with_article
from serve.page.story.data import Movements

Both = Mapping[str, Movements]

_NUMBERS = (
    *("none", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
"""As prose writes them."""


def percent(value: float) -> str:
    """A share with one decimal, such as "94.2%"."""
    return f"{100 * value:.1f}%"


def gap(confidence: float, accuracy: float) -> str:
    """How far the two are apart, in words; `static/story/play.js` has the same."""
    points = f"{100 * abs(confidence - accuracy):.1f}"
    if points == "0.0":
        return "neither overconfident nor underconfident"
    side = "overconfident" if confidence > accuracy else "underconfident"
    return f"{side} by {points} points"


def of_the_picture(shown: Shown) -> tuple[str, str]:
    """A heading for a test picture and its answers, and who was right."""
    said = shown.answers
    alike = len({answer.label for answer in said.values()}) == 1
    heading = "One picture, one answer, two confidences" if alike else "One picture, two answers"
    right = [TWINS[name].subject for name, answer in said.items() if answer.right]
    outcome = _sentences([who_is_right(right)])
    return heading, f"This is {with_article(CLASSES[shown.sample.label])}. {outcome}"


def of_the_bins(both: Both) -> str:
    """How sure both models are, how often they are right, and how far apart that is."""
    parts = [
        f"{TWINS[name].subject} is {percent(each.raw.confidence)} sure on average and right on "
        f"{percent(each.accuracy)} of the pictures: {gap(each.raw.confidence, each.accuracy)}"
        for name, each in both.items()
    ]
    return _sentences(parts)


def temperature_heading(both: Both) -> str:
    """Whether the points come closer to the line, which is what the ECE measures."""
    closer = [name for name, each in both.items() if each.fitted.ece < each.raw.ece]
    if len(closer) == len(both):
        return "A temperature slides both towards the line"
    if closer:
        return f"A temperature slides {TWINS[closer[0]].subject} towards the line"
    return "A temperature brings neither model closer to the line"


def of_the_temperatures(both: Both) -> str:
    """The fitted temperatures, and the mean distance of the points from the line at both ends."""
    parts = [
        f"{TWINS[name].subject} at T = {each.fitted.temperature:.2f}: the mean distance from the "
        f"line (ECE) goes from {percent(each.raw.ece)} to {percent(each.fitted.ece)}"
        for name, each in both.items()
    ]
    return _sentences(parts)


def corruption_heading(both: Both) -> str:
    """Whether confidence keeps up with accuracy as the pictures get worse."""
    behind = [name for name, each in both.items() if _falls_faster(each)]
    if len(behind) == len(both):
        return "Worse pictures slide them off again"
    if behind:
        return f"Worse pictures slide {TWINS[behind[0]].subject} off again"
    return "Worse pictures: confidence keeps up with accuracy"


def corruption_lead(both: Both) -> str:
    """What the moving points are, and what is seen of them."""
    kinds = len(next(iter(both.values())).corrupted)
    seen = (
        "Accuracy falls faster than confidence." if all(map(_falls_faster, both.values())) else ""
    )
    points = f"{_number(kinds).capitalize()} kinds of corruption, each from severity 1 to 5."
    return f"{points} {seen}".strip()


def of_the_corruptions(both: Both, notes: Mapping[str, str]) -> str:
    """Both models at the highest severity, each followed by its note."""
    parts = []
    for name, each in both.items():
        sure, right = each.worst
        parts.append(
            f"At the highest severity, {TWINS[name].subject} as trained is {percent(sure)} sure on "
            f"average and right on {percent(right)}: {gap(sure, right)}. {notes[name]}"
        )
    return " ".join(parts)


def at_the_fitted_temperatures(both: Both, group: CorruptionGroup | None) -> dict[str, str]:
    """By model, what the temperature of clean pictures is worth on corrupted ones.

    The texts are empty if that was not measured.
    """
    if group is None:
        return dict.fromkeys(both, "")
    return {
        name: f"With the fitted T = {each.fitted.temperature:.2f}, on average over all severities: "
        f"{gap(group.models[name]['scaled']['signed_gap'].value, 0.0)}."
        for name, each in both.items()
    }


def claims_heading(claims: Claims) -> str:
    """How many claims there are, and how many hold wherever they were measured."""
    n, held = len(claims.claims), sum(claim.verdict == "supported" for claim in claims.claims)
    noun = "claim" if n == 1 else "claims"
    return f"{_number(n).capitalize()} {noun} about label smoothing: {_number(held)} held"


def _falls_faster(each: Movements) -> bool:
    sure, right = each.worst
    return each.accuracy - right > each.raw.confidence - sure


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"


def _sentences(parts: list[str]) -> str:
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)
