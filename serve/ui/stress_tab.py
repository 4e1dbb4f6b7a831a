"""The tab Stress test: Compare's picture, made worse step by step, and what both twins say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import gradio as gr
import numpy as np

from contract.cifar10 import CLASSES
from contract.corruptions import KINDS, SEVERITIES, corrupt
from contract.manifest import NAMES
from serve.compare import Comparer, Comparison, Verdict
from serve.ui import compare_tab, render
from serve.ui.charts import LEGEND, Chart, percents
from serve.ui.compare_tab import Seen
from serve.ui.events import QUIETLY
from serve.ui.sentence import SUBJECTS_FIRST, TITLES, percent

_STEPS = (0, *SEVERITIES)
_EMPTY = (
    '<p class="tw-quiet tw-waiting">Choose a picture in the tab Compare first; then see here how '
    "long each model holds on to its answer as the picture gets worse.</p>"
)
_ADDRESS = (
    "(kind, severity) => window.twAddress({corruption: kind === 'noise' ? null : kind, "
    "severity: severity === 1 ? null : severity})"
)


@dataclass(frozen=True)
class Tab:
    """What the address sets."""

    kinds: gr.Radio
    severity: gr.Slider
    shown: gr.HTML
    show: Callable[[Seen | None, str, float, dict[str, float]], str]
    """Gives what is `shown` of Compare's picture."""


def build(comparer: Comparer, tab: compare_tab.Tab, item: gr.Tab) -> Tab:
    """Inside of the tab `item`."""

    def show(seen: Seen | None, kind: str, severity: float, scale: dict[str, float]) -> str:
        if seen is None:
            return _EMPTY
        if kind not in KINDS or int(severity) not in _STEPS:
            raise gr.Error("there is no such corruption", print_exception=False)
        pictures = np.concatenate([corrupt(seen.pixels[np.newaxis], kind, s) for s in _STEPS])
        comparisons = comparer.judge(compare_tab.run(comparer, pictures), scale)
        picture = render.data_uri(pictures[int(severity)])
        return _html(comparisons, kind, int(severity), picture)

    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            kinds = gr.Radio(list(KINDS), value="noise", label="Corruption", elem_id="corruption")
            severity = gr.Slider(
                0, 5, value=1, step=1, label="Severity (0: as it is)", elem_id="severity"
            )
        with gr.Column(scale=7, min_width=320):
            shown = gr.HTML(_EMPTY, elem_id="stress")
    inputs = [tab.seen, kinds, severity, tab.scale]
    # Another picture is chosen in another tab: opening this one shows it.
    for event in (kinds.change, severity.change, item.select):
        event(
            show,
            inputs,
            shown,
            **QUIETLY,
            trigger_mode="always_last",
        )
    for control in (kinds, severity):
        control.input(None, [kinds, severity], None, js=_ADDRESS, api_visibility="private")
    return Tab(kinds, severity, shown, show)


def _html(comparisons: list[Comparison], kind: str, severity: int, picture: str) -> str:
    series = {name: [c.models[name] for c in comparisons] for name in NAMES}
    words = _words(series)
    now = "".join(_now(name, verdicts[severity]) for name, verdicts in series.items())
    return (
        f'<p class="tw-sentence" aria-live="polite">{escape(words)}</p>'
        f'<div class="tw-stress"><figure><img class="tw-pixels tw-large" src="{picture}" '
        f'alt="The picture under {kind} of severity {severity}"><figcaption>{kind}, severity '
        f"{severity}{now}</figcaption></figure>"
        f"<div>{LEGEND}{_chart(series, kind, severity, words)}<p class='tw-quiet'>How sure each "
        "model is of what it said of the picture as it is. Hollow: it says something else there."
        f"{_temperatures(series)}</p></div></div>"
    )


def _temperatures(series: dict[str, list[Verdict]]) -> str:
    """Those set in Compare, where they are not 1."""
    set_there = {name: verdicts[0].temperature for name, verdicts in series.items()}
    if all(temperature == 1 for temperature in set_there.values()):
        return ""
    both = ", ".join(f"{TITLES[name]} T = {t:.2f}" for name, t in set_there.items())
    return f" Rescaled as in Compare: {both}."


def _chart(series: dict[str, list[Verdict]], kind: str, severity: int, words: str) -> str:
    chart = Chart(
        x=(0, 5),
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
        first = CLASSES.index(verdicts[0].label)
        points = [(float(s), v.probabilities[first]) for s, v in enumerate(verdicts)]
        chart.line(points, f"tw-line tw-{name}")
        for point, verdict in zip(points, verdicts, strict=True):
            held = verdict.label == verdicts[0].label
            title = (
                f"{TITLES[name]}, severity {point[0]:g}: {percent(point[1])} {verdicts[0].label}"
            )
            if not held:
                title += f"; says {verdict.label}"
            kind_of = f"tw-dot tw-{name}" + ("" if held else " tw-lost")
            chart.dot(point, kind_of, title, square=name == "smoothed")
    return chart.svg()


def _words(series: dict[str, list[Verdict]]) -> str:
    """Where each breaks first."""
    said = {name: [verdict.label for verdict in verdicts] for name, verdicts in series.items()}
    everything = {label for labels in said.values() for label in labels}
    if len(everything) == 1:
        return f"Both models say {everything.pop()} at every severity."
    return " ".join(_breaks(SUBJECTS_FIRST[name], labels) for name, labels in said.items())


def _breaks(subject: str, labels: list[str]) -> str:
    for severity, label in enumerate(labels):
        if label != labels[0]:
            again = "" if labels[0] not in labels[severity:] else ", for a while"
            return f"{subject} gives up {labels[0]} at severity {severity}{again}: it says {label}."
    return f"{subject} says {labels[0]} at every severity."


def _now(name: str, verdict: Verdict) -> str:
    return (
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{verdict.label} '
        f'<span class="tw-number">{percent(verdict.confidence)}</span></span>'
    )
