"""A comparison as HTML: the sentence, both answers, the bars, and what the models see."""

from __future__ import annotations

import base64
import io
import math
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.cifar10 import CLASSES
from contract.twins import TWINS
from serve.inference.compare import Comparison, Verdict
from serve.page.parts import sentence
from serve.page.parts.sentence import percent

_DECADES = 4
"""The length of the logarithmic scale, which runs from 0.01% to 100%."""
UNUSABLE = "This picture cannot be used"
_EMPTY = "Give both models a picture: drop a photo, use the camera, or click a sample below."
SCALES = """
<fieldset class="tw-scales"><legend class="tw-hidden">Scale of the bars</legend>
<label><input type="radio" name="tw-scale" checked>linear</label>
<label><input type="radio" name="tw-scale" id="tw-log">logarithmic, for small values</label>
</fieldset>
"""
"""Drawn once and not with each picture, so that the choice stays."""


def results(
    comparison: Comparison | None, label: int | None = None, title: str = "", problem: str = ""
) -> str:
    """The sentence, both answers, and ten pairs of bars; as high without a picture as with one.

    `label` is the true class, if it is known. `problem`, under `title`, says why there is no
    comparison.
    """
    true = None if label is None else CLASSES[label]
    answers = "".join(_answer(name, comparison, true) for name in TWINS)
    return (
        f'<section class="tw-results">{_sentence(comparison, true, title, problem)}'
        f'<div class="tw-answers">{answers}</div>{_bars(comparison, true)}</section>'
    )


def seen(
    pixels: NDArray[np.uint8] | None, label: int | None = None, notes: tuple[str, ...] = ()
) -> str:
    """The 32x32 pixels that both models got, enlarged, or an empty frame.

    `notes` are sentences about an upload that was read in spite of a fault.
    """
    if pixels is None:
        inner = '<div class="tw-pixels tw-empty"></div>'
    else:
        inner = (
            f'<img class="tw-pixels" src="{data_uri(pixels)}" '
            'alt="The picture, shrunk to 32 by 32 pixels">'
        )
    true = "" if label is None else f"<br>CIFAR-10 label: <strong>{CLASSES[label]}</strong>."
    said = f'<p class="tw-note" role="status">{escape(" ".join(notes))}</p>' if notes else ""
    return (
        f'<figure class="tw-seen">{inner}<figcaption><strong>What the models see</strong><br>'
        f"Both get the centre square at 32 × 32 pixels.{true}{said}</figcaption></figure>"
    )


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Pixels, uint8 `[height, width, 3]`, as a PNG in a data URI."""
    packed = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(packed, "PNG")
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"


def _sentence(comparison: Comparison | None, true: str | None, title: str, problem: str) -> str:
    if problem:
        return (
            f'<p class="tw-sentence tw-problem" role="alert"><strong>{escape(title)}.</strong> '
            f"{escape(sentence.whole(problem))}</p>"
        )
    if comparison is None:
        return (
            '<p class="tw-sentence" aria-live="polite"><strong>How sure should a model sound?'
            f"</strong> {_EMPTY}</p>"
        )
    said = sentence.of(comparison, true)
    return (
        f'<p class="tw-sentence" data-kind="{said.kind}" aria-live="polite">'
        f"<strong>{escape(said.first)}</strong> {escape(said.rest)}</p>"
    )


def _answer(name: str, comparison: Comparison | None, true: str | None) -> str:
    verdict = comparison.models[name] if comparison else None
    label = escape(verdict.label) if verdict else "–"
    judged = ""
    if verdict and true:
        judged = "✓ right" if verdict.label == true else "✗ wrong"
    confidence = percent(verdict.confidence) if verdict else "–"
    return (
        f'<div class="tw-answer tw-{name}"><span class="tw-key"><i class="tw-swatch"></i>'
        f'{TWINS[name].title}</span><span class="tw-label">{label}</span>'
        f'<span class="tw-judged">{judged}</span>'
        f'<span class="tw-number">{confidence}</span></div>'
    )


def _bars(comparison: Comparison | None, true: str | None) -> str:
    verdicts = [comparison.models[name] if comparison else None for name in TWINS]
    widest = _widest(verdicts)
    rows = []
    for index, label in enumerate(CLASSES):
        bars = "".join(
            _bar(name, verdict.probabilities[index] if verdict else None)
            for name, verdict in zip(TWINS, verdicts, strict=True)
        )
        top = any(verdict is not None and verdict.label == label for verdict in verdicts)
        gap = ""
        if widest is not None and widest[0] == index:
            gap = f'<span class="tw-gap">largest gap: {widest[1]:+.2f} pp</span>'
        star = '<span class="tw-true">true class</span>' if label == true else ""
        rows.append(
            f'<li class="tw-row{" tw-top" if top else ""}"><span class="tw-class">'
            f'<span class="tw-name">{label}</span>{star}{gap}</span>'
            f'<div class="tw-pair">{bars}</div></li>'
        )
    return f'<ul class="tw-bars" aria-label="Confidence by class">{"".join(rows)}</ul>'


def _bar(name: str, probability: float | None) -> str:
    p = probability or 0.0
    log = max(0.0, 1 + math.log10(p) / _DECADES) if p > 0 else 0.0
    text = "–" if probability is None else percent(p)
    return (
        f'<div class="tw-bar tw-{name}"><div class="tw-track"><div class="tw-fill" '
        f'style="--linear:{100 * p:.3f}%;--log:{100 * log:.3f}%"></div></div>'
        f'<span class="tw-number"><span class="tw-hidden">{TWINS[name].title}: </span>{text}</span>'
        "</div>"
    )


def _widest(verdicts: list[Verdict | None]) -> tuple[int, float] | None:
    """The class on which the models differ most, and by how many percentage points the first is
    above the second."""
    first, second = verdicts
    if first is None or second is None:
        return None
    gaps = [100 * (a - b) for a, b in zip(first.probabilities, second.probabilities, strict=True)]
    index = max(range(len(gaps)), key=lambda k: abs(gaps[k]))
    return (index, gaps[index]) if abs(gaps[index]) >= 0.005 else None
