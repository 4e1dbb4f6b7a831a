"""A confidence as a bar, and on it how often the model was right when it was that sure."""

from __future__ import annotations

from html import escape

from contract.calibration.lookup import Bin
from serve.inference.compare import Verdict
from serve.page.parts import sentence

_UNMEASURED = "How often it is right when it is this sure has not been measured."
_UNLIKE = "Do not trust this percentage: the models were tested on other kinds of pictures."


def gauge(verdict: Verdict | None, unlike: bool = False) -> str:
    """The bar with its tick, and a line of text below; as high without an answer as with one.

    There is no tick for a picture `unlike` those that it was measured on. The tick's 95% interval
    is drawn as a line. Its pictures are counted in a text that the mouse and screen readers find.
    """
    if verdict is None:
        return f'<div class="tw-gauge">{_track(0.0)}</div><p class="tw-worth">&nbsp;</p>'
    found = verdict.reliability
    if found is None or unlike:
        return (
            f'<div class="tw-gauge">{_track(verdict.confidence)}</div>'
            f'<p class="tw-worth">{_UNLIKE if unlike else _UNMEASURED}</p>'
        )
    counted = escape(measured(found))
    return (
        f'<div class="tw-gauge" title="{counted}">{_track(verdict.confidence)}{_tick(found)}</div>'
        f'<p class="tw-worth" title="{counted}">was right on <strong>{accuracy(found)}</strong> of '
        f'test pictures at this confidence<span class="tw-hidden">. {counted}</span></p>'
    )


def figure(probability: float, kind: str = "") -> str:
    """A probability as a whole percentage and exactly; the style sheet shows one of the two."""
    return (
        f'<span class="tw-number {kind}"><span class="tw-whole">'
        f'{escape(sentence.whole_percent(probability))}</span><span class="tw-exact">'
        f"{escape(sentence.percent(probability))}</span></span>"
    )


def accuracy(found: Bin) -> str:
    """The accuracy as HTML, whole and exact as a confidence is; "100%" only where all are right."""
    whole, exact = sentence.whole_share(found.accuracy), sentence.share(found.accuracy, found.n)
    return f'<span class="tw-whole">{escape(whole)}</span><span class="tw-exact">{exact}</span>'


def measured(found: Bin) -> str:
    """How many pictures an accuracy was measured on, and how far chance may have moved it."""
    right = round(found.accuracy * found.n)
    low, high = 100 * found.interval.low, 100 * found.interval.high
    return (
        f"Right on {right:,} of {sentence.counted(found.n, 'CIFAR-10 test picture')}"
        f"{sentence.when_as_sure(found)}. 95% interval: {low:.1f}% to {high:.1f}%"
    )


def _track(confidence: float) -> str:
    return (
        '<div class="tw-track"><div class="tw-fill" '
        f'style="--linear:{100 * confidence:.3f}%"></div></div>'
    )


def _tick(found: Bin) -> str:
    low, high = 100 * found.interval.low, 100 * found.interval.high
    return (
        f'<i class="tw-interval-of" style="--low:{low:.2f}%;--high:{high:.2f}%"></i>'
        f'<i class="tw-tick-of" style="--at:{100 * found.accuracy:.2f}%"></i>'
    )
