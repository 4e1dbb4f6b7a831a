"""The tab Stress test: Compare's picture under a corruption, and how both answers hold up."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import CLASSES
from contract.corruptions import KINDS, SEVERITIES, corrupt
from contract.twins import TWINS
from serve.inference.compare import Comparison, Verdict
from serve.page.address import Address
from serve.page.parts import render, temperatures
from serve.page.parts.charts import Chart, legend, percents
from serve.page.parts.events import QUIETLY
from serve.page.parts.sentence import percent
from serve.page.tab import Built, Context, Tab
from serve.page.tabs.compare import ComparedPicture, Seen, infer

_STEPS = (0, *SEVERITIES)
_KIND, _SEVERITY = next(iter(KINDS)), 1
"""Chosen to begin with, and not in the address."""
_EMPTY = (
    '<p class="tw-quiet tw-waiting">Choose a picture on the Compare tab first. This tab then shows '
    "how well each model's answer holds up as the picture gets worse.</p>"
)
_ADDRESS = (
    f"(kind, severity) => window.twAddress({{corruption: kind === '{_KIND}' ? null : kind, "
    f"severity: severity === {_SEVERITY} ? null : severity}})"
)


def build(context: Context) -> Built:
    """The components of the tab."""
    comparer = context.comparer
    picture = context.offered(ComparedPicture)

    def show(pixels: NDArray[np.uint8], kind: str, severity: float, scale: dict[str, float]) -> str:
        pictures = np.concatenate([corrupt(pixels[np.newaxis], kind, s) for s in _STEPS])
        comparisons = comparer.judge(infer(comparer, pictures), scale)
        shown = render.data_uri(pictures[int(severity)])
        return _html(comparisons, kind, int(severity), shown)

    def show_seen(seen: Seen | None, kind: str, severity: float, scale: dict[str, float]) -> str:
        if seen is None:
            return _EMPTY
        if kind not in KINDS or int(severity) not in _STEPS:
            raise gr.Error(
                f"There is no corruption {kind!r} of severity {severity:g}. Choose a corruption "
                f"and a severity from 0 to {SEVERITIES[-1]}.",
                print_exception=False,
            )
        return show(seen.pixels, kind, severity, scale)

    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            kinds = gr.Radio(list(KINDS), value=_KIND, label="Corruption", elem_id="corruption")
            severity = gr.Slider(
                0,
                SEVERITIES[-1],
                value=_SEVERITY,
                step=1,
                label="Severity (0: unchanged)",
                elem_id="severity",
            )
        with gr.Column(scale=7, min_width=320):
            shown = gr.HTML(_EMPTY, elem_id="stress")
    inputs = [picture.seen, kinds, severity, picture.scale]
    # The picture is chosen on another tab, so opening this one shows the latest.
    for event in (kinds.change, severity.change, context.item.select):
        event(show_seen, inputs, shown, **QUIETLY, trigger_mode="always_last")
    for control in (kinds, severity):
        control.input(None, [kinds, severity], None, js=_ADDRESS, api_visibility="private")

    def restore(address: Address) -> Sequence[Any]:
        kind = address.among("corruption", tuple(KINDS))
        step = address.among("severity", [str(step) for step in _STEPS])
        sample = context.samples.with_index(address.number("sample"))
        return (
            kind or gr.skip(),
            gr.skip() if step is None else int(step),
            gr.skip()
            if sample is None
            else show(
                sample.pixels,
                kind or _KIND,
                _SEVERITY if step is None else int(step),
                address.temperatures() or temperatures.AS_TRAINED,
            ),
        )

    return Built(restored=[kinds, severity, shown], restore=restore)


TAB = Tab("stress", "Stress test", build)


def _html(comparisons: list[Comparison], kind: str, severity: int, picture: str) -> str:
    series = {name: [c.models[name] for c in comparisons] for name in TWINS}
    words = _words(series)
    now = "".join(_now(name, verdicts[severity]) for name, verdicts in series.items())
    return (
        f'<p class="tw-sentence" aria-live="polite">{escape(words)}</p>'
        f'<div class="tw-stress"><figure><img class="tw-pixels tw-large" src="{picture}" '
        f'alt="The picture under {kind} of severity {severity}"><figcaption>{kind}, severity '
        f"{severity}{now}</figcaption></figure>"
        f"<div>{legend()}{_chart(series, kind, severity, words)}<p class='tw-quiet'>Confidence in "
        "the model's first answer, the one for the unchanged picture. Hollow points: the model now "
        f"gives a different answer.{_temperatures(series)}</p></div></div>"
    )


def _temperatures(series: dict[str, list[Verdict]]) -> str:
    """The temperatures set in Compare, unless both are 1."""
    chosen = {name: verdicts[0].temperature for name, verdicts in series.items()}
    if all(temperature == 1 for temperature in chosen.values()):
        return ""
    both = ", ".join(f"{TWINS[name].title} T = {t:.2f}" for name, t in chosen.items())
    return f" Temperatures from the Compare tab: {both}."


def _chart(series: dict[str, list[Verdict]], kind: str, severity: int, words: str) -> str:
    chart = Chart(
        x=(0, SEVERITIES[-1]),
        y=(0, 1),
        x_label=f"severity of {kind}",
        y_label="confidence in the first answer",
        text=f"Confidence in the first answer by severity of {kind}. {words}",
        x_ticks=[(s, str(s)) for s in _STEPS],
        y_ticks=percents(),
        width=560,
        height=320,
    )
    chart.line([(severity, 0), (severity, 1)], "tw-now")
    for name, verdicts in series.items():
        first = verdicts[0].label
        points = [(float(s), v.probabilities[CLASSES.index(first)]) for s, v in enumerate(verdicts)]
        chart.line(points, f"tw-line tw-{name}")
        for point, verdict in zip(points, verdicts, strict=True):
            title = f"{TWINS[name].title}, severity {point[0]:g}: {first} {percent(point[1])}"
            classes = f"tw-dot tw-{name}"
            if verdict.label != first:
                title += f"; the answer is now {verdict.label}"
                classes += " tw-lost"
            chart.dot(point, classes, title, TWINS[name].marker)
    return chart.svg()


def _words(series: dict[str, list[Verdict]]) -> str:
    """Where each model changes its answer."""
    answers = {name: [verdict.label for verdict in verdicts] for name, verdicts in series.items()}
    first, *others = answers.values()
    if all(other == first for other in others):
        return _switches("Both models", first, "say", "switch")
    return " ".join(
        _switches(TWINS[name].subject_first, labels) for name, labels in answers.items()
    )


def _switches(
    subject: str, labels: Sequence[str], says: str = "says", switches: str = "switches"
) -> str:
    """The answers by severity as a sentence, such as "The hard-label model switches from dog to
    frog at severity 1, and back at severity 3."."""
    steps = [
        (severity, old, new)
        for severity, (old, new) in enumerate(pairwise(labels), start=1)
        if old != new
    ]
    if not steps:
        return f"{subject} {says} {labels[0]} at every severity."
    parts = []
    for place, (severity, old, new) in enumerate(steps):
        if place == 0:
            change = f"from {old} to {new}"
        elif place == 1 and new == labels[0]:
            change = "back"
        elif new in labels[:severity]:
            change = f"back to {new}"
        else:
            change = f"to {new}"
        parts.append(f"{change} at severity {severity}")
    *most, last = parts
    joined = f"{', '.join(most)}, and {last}" if most else last
    return f"{subject} {switches} {joined}."


def _now(name: str, verdict: Verdict) -> str:
    return (
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{verdict.label} '
        f'<span class="tw-number">{percent(verdict.confidence)}</span></span>'
    )
