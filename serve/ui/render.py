"""A comparison as HTML: the bars, the sentence above them, and what the model sees."""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.cifar10 import CLASSES
from contract.manifest import NAMES
from serve.compare import Comparison, Verdict
from serve.runtime import Device

TITLES = {"hard": "Hard labels", "smoothed": "Label smoothing"}
_SUBJECTS = {"hard": "the hard-label model", "smoothed": "the smoothed model"}


def percent(probability: float) -> str:
    """Two decimals; never a rounded 100.00% or 0.00%, which no softmax says."""
    if probability > 0.99995:
        return ">99.99%"
    if probability < 0.00005:
        return "<0.01%"
    return f"{100 * probability:.2f}%"


def results(comparison: Comparison | None) -> str:
    """The sentence, each twin's answer, and ten pairs of bars; the same height with no picture."""
    return (
        f'<section class="tw-results" aria-live="polite">{_sentence(comparison)}'
        f'<div class="tw-answers">{"".join(_answer(name, comparison) for name in NAMES)}</div>'
        f"{_bars(comparison)}</section>"
    )


def seen(pixels: NDArray[np.uint8] | None) -> str:
    """The 32x32 pixels that both models got, enlarged, or an empty frame."""
    if pixels is None:
        inner = '<div class="tw-pixels tw-empty"></div>'
    else:
        inner = (
            f'<img class="tw-pixels" src="{_data_uri(pixels)}" '
            'alt="The uploaded picture, shrunk to 32 by 32 pixels">'
        )
    return (
        f'<figure class="tw-seen">{inner}<figcaption><strong>What the model sees</strong>'
        "<br>The centre square, 32 × 32 pixels. Both models get exactly this.</figcaption></figure>"
    )


def badge(device: Device) -> str:
    """Where the models run, as the live sessions say."""
    label = "GPU · CUDA" if device.kind == "cuda" else "CPU"
    return (
        f'<span class="tw-badge tw-{device.kind}" title="{escape(device.note)}">'
        f"Running on {label}</span>"
    )


def _sentence(comparison: Comparison | None) -> str:
    if comparison is None:
        return (
            '<p class="tw-sentence"><strong>How sure should a model sound?</strong> '
            "Give both models a picture, or click on one below.</p>"
        )
    hard, smoothed = (comparison.models[name] for name in NAMES)
    gap = comparison.difference_pp
    if comparison.agree:
        start = f"Both models say <strong>{escape(hard.label)}</strong>."
    else:
        start = (
            f"They disagree: {_SUBJECTS['hard']} says <strong>{escape(hard.label)}</strong>, "
            f"{_SUBJECTS['smoothed']} says <strong>{escape(smoothed.label)}</strong>."
        )
    if abs(gap) < 0.005:
        end = "They are equally sure."
    else:
        surer = _SUBJECTS["hard" if gap > 0 else "smoothed"].capitalize()
        end = f"{surer} is surer, by <strong>{abs(gap):.2f}</strong> percentage points."
    return f'<p class="tw-sentence">{start} {end}</p>'


def _answer(name: str, comparison: Comparison | None) -> str:
    verdict = comparison.models[name] if comparison else None
    label = escape(verdict.label) if verdict else "–"
    confidence = percent(verdict.confidence) if verdict else "–"
    return (
        f'<div class="tw-answer tw-{name}"><span class="tw-key"><i class="tw-swatch"></i>'
        f"{TITLES[name]}</span><span class='tw-label'>{label}</span>"
        f'<span class="tw-number">{confidence}</span>{_reliability(verdict)}</div>'
    )


def _reliability(verdict: Verdict | None) -> str:
    """What such a confidence has been worth on test pictures; an empty line keeps the height."""
    found = verdict.reliability if verdict else None
    if found is None:
        return '<span class="tw-worth">&nbsp;</span>'
    between = f"{_edge(found.low)}–{_edge(found.high)}%"
    return (
        f'<span class="tw-worth">When {between} sure, it was right on '
        f"<strong>{100 * found.accuracy:.1f}%</strong> of {found.n:,} test pictures.</span>"
    )


def _edge(probability: float) -> str:
    return f"{100 * probability:g}"


def _bars(comparison: Comparison | None) -> str:
    rows = []
    for index, label in enumerate(CLASSES):
        bars, tops = [], []
        for name in NAMES:
            verdict = comparison.models[name] if comparison else None
            p = verdict.probabilities[index] if verdict else 0.0
            text = percent(p) if verdict else "–"
            bars.append(
                f'<div class="tw-bar tw-{name}"><div class="tw-track">'
                f'<div class="tw-fill" style="width:{100 * p:.3f}%"></div></div>'
                f'<span class="tw-number"><span class="tw-hidden">{TITLES[name]}: </span>'
                f"{text}</span></div>"
            )
            tops.append(verdict is not None and verdict.label == label)
        chosen = " tw-top" if any(tops) else ""
        rows.append(
            f'<li class="tw-row{chosen}"><span class="tw-class">{label}</span>'
            f'<div class="tw-pair">{"".join(bars)}</div></li>'
        )
    return f'<ul class="tw-bars" aria-label="Confidence by class">{"".join(rows)}</ul>'


def _data_uri(pixels: NDArray[np.uint8]) -> str:
    packed = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(packed, "PNG")
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"
