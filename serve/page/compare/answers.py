"""Both models' answers to a picture: one sentence, what each says and how sure, and the classes."""

from __future__ import annotations

import itertools
import math
from html import escape

from contract.cifar10 import CLASSES
from contract.twins import TWINS
from serve.inference.compare import Comparison, Verdict
from serve.page.compare.gauge import figure, gauge
from serve.page.parts import sentence

LIKELIEST = 3
"""The number of classes that are always shown; the others are folded."""
_DECADES = 4
"""The length of the logarithmic scale, which runs from 0.01% to 100%."""
# The browser draws a value anew only if it is another one than the last that Gradio gave it. In
# between, the page's script may have drawn the answers to the camera's picture.
_numbers = itertools.count()
_QUESTION = "How sure should a model sound?"
_EMPTY = "Choose a test picture, or show both models a photo of your own."
SWITCHES = """
<fieldset class="tw-switches"><legend class="tw-hidden">What is shown</legend>
<label><input type="checkbox" id="tw-all"> all ten classes</label>
<label><input type="checkbox" id="tw-exact"> exact figures</label>
<label><input type="checkbox" id="tw-log"> logarithmic bars</label>
<label><input type="checkbox" id="tw-worded"> in words</label>
</fieldset>
"""
"""Drawn once and not with each picture, so that the choice stays."""


def results(comparison: Comparison | None, label: int | None = None) -> str:
    """The sentence, both answers and the classes; as high without a picture as with one.

    `label` is the true class, if it is known.
    """
    true = None if label is None else CLASSES[label]
    answers = "".join(_answer(name, comparison, true) for name in TWINS)
    return (
        f'<section class="tw-results" data-number="{next(_numbers)}">{_first(comparison, true)}'
        f'<div class="tw-answers">{answers}</div>{_key(comparison)}{_classes(comparison, true)}'
        f"{_in_words(comparison, true)}</section>"
    )


def problem(title: str, message: str) -> str:
    """Why there is no comparison, in the place of one and unlike one."""
    return (
        f'<section class="tw-results tw-problem" role="alert"><h2>{escape(title)}</h2>'
        f"<p>{escape(message)}</p><p>Choose a test picture, or another photo.</p></section>"
    )


def _first(comparison: Comparison | None, true: str | None) -> str:
    if comparison is None:
        return (
            f'<p class="tw-sentence" aria-live="polite"><strong>{_QUESTION}</strong> '
            f'<span class="tw-quiet">{_EMPTY}</span></p>'
        )
    said = sentence.of(comparison, true)
    # What a phone keeps in sight while one reads on; the answers below say the same.
    brief = "".join(_brief(name, comparison.models[name], true) for name in TWINS)
    return (
        f'<p class="tw-brief" aria-hidden="true">{brief}</p><p class="tw-sentence" '
        f'data-kind="{said.kind}" aria-live="polite"><strong>{escape(said.first)}</strong></p>'
    )


def _brief(name: str, verdict: Verdict, true: str | None) -> str:
    wrong = ' <b class="tw-wrong">✗</b>' if true is not None and verdict.label != true else ""
    return (
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{escape(verdict.label)} '
        f"{figure(verdict.confidence)}{wrong}</span>"
    )


def _answer(name: str, comparison: Comparison | None, true: str | None) -> str:
    verdict = comparison.models[name] if comparison else None
    label = escape(verdict.label) if verdict else "–"
    unlike = comparison is not None and bool(comparison.unusual)
    says = ""
    if verdict:
        at = "" if verdict.temperature == 1 else f"at T = {verdict.temperature:.2f} "
        says = f", {at}says"
    return (
        f'<article class="tw-answer tw-{name}"{_judged_as(verdict, true)}>'
        f'<h3 class="tw-key"><span><i class="tw-swatch"></i> {TWINS[name].title}</span> '
        f'<span class="tw-quiet">{TWINS[name].training}{says}</span></h3>'
        f'<p class="tw-says"><span class="tw-label">{label}</span>{_badge(verdict, true)}</p>'
        f'<p class="tw-sure">{figure(verdict.confidence) if verdict else "–"}</p>'
        f"{gauge(verdict, unlike)}{_set(verdict)}</article>"
    )


def _judged_as(verdict: Verdict | None, true: str | None) -> str:
    if verdict is None or true is None:
        return ""
    return f' data-judged="{"right" if verdict.label == true else "wrong"}"'


def _badge(verdict: Verdict | None, true: str | None) -> str:
    """Nothing where the truth is not known."""
    if verdict is None or true is None:
        return ""
    if verdict.label == true:
        return '<span class="tw-right">✓ right</span>'
    return '<span class="tw-wrong">✗ wrong</span>'


def _set(verdict: Verdict | None) -> str:
    if verdict is None or verdict.prediction_set is None:
        return ""
    members = verdict.prediction_set
    if not members:
        return '<p class="tw-set">Its set is empty: no class is likely enough.</p>'
    chips = "".join(f"<b>{escape(member)}</b>" for member in members)
    return f'<p class="tw-set">{_counted(len(members))}: {chips}</p>'


def _counted(n: int) -> str:
    return "One class is enough" if n == 1 else f"It takes {n} classes"


def _key(comparison: Comparison | None) -> str:
    """What the bar and the tick mean, once for both answers."""
    if comparison is None or comparison.unusual:
        return ""
    if not any(verdict.reliability for verdict in comparison.models.values()):
        return ""
    return (
        '<p class="tw-how"><span><i class="tw-mini-bar"></i> how sure it says it is</span>'
        '<span><i class="tw-mini-tick"></i> how often it was right on test pictures when it was '
        "that sure, with the 95% interval</span></p>"
    )


def _in_words(comparison: Comparison | None, true: str | None) -> str:
    if comparison is None:
        return ""
    return f'<p class="tw-worded">{escape(sentence.of(comparison, true).rest)}</p>'


def _classes(comparison: Comparison | None, true: str | None) -> str:
    """Pairs of bars: the likeliest classes first, the others in their usual order and folded."""
    if comparison is None:
        return ""
    both = [comparison.models[name].probabilities for name in TWINS]
    likeliest = sorted(range(len(CLASSES)), key=lambda k: -max(each[k] for each in both))
    shown = likeliest[:LIKELIEST]
    order = [*shown, *sorted(likeliest[LIKELIEST:])]
    rows = "".join(
        _row(CLASSES[k], [each[k] for each in both], true, folded=k not in shown) for k in order
    )
    return f'<ul class="tw-bars" aria-label="Confidence by class">{rows}</ul>'


def _row(label: str, probabilities: list[float], true: str | None, folded: bool) -> str:
    bars = "".join(_bar(name, p) for name, p in zip(TWINS, probabilities, strict=True))
    star = '<span class="tw-true">true class</span>' if label == true else ""
    return (
        f'<li class="tw-row{" tw-folded" if folded else ""}"><span class="tw-class">'
        f'<span class="tw-name">{label}</span>{star}</span><div class="tw-pair">{bars}</div></li>'
    )


def _bar(name: str, p: float) -> str:
    log = max(0.0, 1 + math.log10(p) / _DECADES) if p > 0 else 0.0
    return (
        f'<div class="tw-bar tw-{name}"><div class="tw-track"><div class="tw-fill" '
        f'style="--linear:{100 * p:.3f}%;--log:{100 * log:.3f}%"></div></div>'
        f'<span class="tw-hidden">{TWINS[name].title}: </span>{figure(p)}</div>'
    )
