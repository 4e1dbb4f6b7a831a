"""The tab Calibration: what each model's confidences were worth on the test pictures, at any T.

Everything is recomputed from the stored logits at each move of a slider.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np

from contract import calibration as c
from contract.calibration.intervals import wilson
from contract.twins import TWINS
from serve.page.address import Address
from serve.page.parts import temperatures
from serve.page.parts.charts import Chart, legend, percents
from serve.page.parts.events import QUIETLY
from serve.page.parts.reliability import Error, State, States
from serve.page.parts.sentence import counted
from serve.page.tab import Built, Context, Tab
from serve.page.tabs.compare import ComparedPicture

_EMPTY = (
    '<p class="tw-quiet">These models have not been evaluated on test pictures yet. '
    "<code>python -m train evaluate --models FOLDER</code> does that.</p>"
)
_INTRO = (
    '<p class="tw-sentence">Is a model that says 80% right 80% of the time? <strong>Points on the '
    "dashed line are perfectly calibrated.</strong> Below it the model is overconfident, above it "
    "underconfident. Divide the logits by a temperature T, and everything here is recomputed.</p>"
)
_FEW = 10
"""A bin of fewer pictures is drawn pale: its accuracy is mostly chance."""
_COVERAGE = 80
"""The percentage of pictures that are answered to begin with."""
_RISK_HEADING = (
    '<h2 class="tw-heading">If the model may abstain '
    "<small>it answers only where it is most confident; see how many of those answers are wrong"
    "</small></h2>"
)


def build(context: Context) -> Built:
    """The components of the tab."""
    evidence = context.comparer.evidence
    if evidence.test is None:
        gr.HTML(_EMPTY)
        return Built()
    states = States(evidence.test)
    start = temperatures.AS_TRAINED

    def rescale(event: gr.EventData, coverage: float) -> tuple[str, str, dict[str, float]]:
        scale = temperatures.chosen(event)
        return _diagrams(states, scale), _risk(states, scale, coverage), scale

    def cover(coverage: float, scale: dict[str, float]) -> str:
        return _risk(states, scale, coverage)

    def opened(scale: dict[str, float], coverage: float) -> tuple[str, str]:
        return _diagrams(states, scale), _risk(states, scale, coverage)

    def restore(address: Address) -> Sequence[Any]:
        scale = address.temperatures()
        if scale is None:
            return [gr.skip()] * 3
        html = temperatures.html("calibration-t", scale, evidence.temperatures)
        return html, *opened(scale, _COVERAGE)

    scale = context.offered(ComparedPicture).scale
    gr.HTML(_INTRO)
    sliders = temperatures.sliders("calibration-t", evidence.temperatures)
    diagrams = gr.HTML(_diagrams(states, start), elem_id="diagrams")
    gr.HTML(_RISK_HEADING)
    coverage = gr.Slider(
        1,
        100,
        value=_COVERAGE,
        step=1,
        label="Coverage: the percentage of pictures that are answered",
        elem_id="coverage",
    )
    risk = gr.HTML(_risk(states, start, _COVERAGE), elem_id="risk")
    sliders.input(rescale, coverage, [diagrams, risk, scale], **QUIETLY, trigger_mode="multiple")
    coverage.input(cover, [coverage, scale], risk, **QUIETLY, trigger_mode="always_last")
    # The tab Compare may have set other temperatures.
    context.item.select(opened, [scale, coverage], [diagrams, risk], **QUIETLY)
    return Built(restored=[sliders, diagrams, risk], restore=restore)


TAB = Tab("calibration", "Calibration", build)


def _diagrams(states: States, scale: dict[str, float]) -> str:
    each = "".join(_diagram(states, name, scale[name]) for name in TWINS)
    return f'<div class="tw-two">{each}</div>'


def _diagram(states: States, name: str, temperature: float) -> str:
    now, raw = states.at(name, temperature), states.at(name, 1.0)
    return (
        f'<section class="tw-{name}"><h3><i class="tw-swatch"></i>{TWINS[name].title}, '
        f"T = {temperature:.2f}</h3>{_chart(name, now, raw).svg()}{_figures(now, raw)}"
        f"<p class='tw-quiet'>{now.verdict.capitalize()}. {states.pictures:,} test pictures in "
        f"{c.BINS} bins of confidence. Numbers: pictures in a bin. Vertical bars: 95% intervals. "
        f"Pale points: fewer than {_FEW} pictures.</p></section>"
    )


def _chart(name: str, now: State, raw: State) -> Chart:
    chart = Chart(
        x=(0, 1),
        y=(0, 1),
        x_label="confidence",
        y_label="accuracy",
        text=f"Reliability diagram of {TWINS[name].subject} at T = {now.temperature:.2f}: "
        f"ECE {now.ece.value:.2%}, {now.verdict}.",
        x_ticks=percents(),
        y_ticks=percents(),
        height=360,
    )
    chart.line([(0, 0), (1, 1)], "tw-ideal")
    if now.temperature != 1:
        chart.line(_line(raw.table), f"tw-line tw-ghost tw-{name}")
    chart.line(_line(now.table), f"tw-line tw-{name}")
    table = now.table
    bins = len(table.count)
    for place, (n, right, x, y) in enumerate(
        zip(table.count, now.right, table.confidence, table.accuracy, strict=True)
    ):
        kind = f"tw-{name} tw-few" if n < _FEW else f"tw-{name}"
        interval = wilson(int(right), int(n))
        chart.interval(float(x), interval.low, interval.high, f"tw-interval {kind}")
        title = f"{counted(int(n), 'picture')}: mean confidence {x:.1%}, accuracy {y:.1%}"
        chart.dot((float(x), float(y)), f"tw-dot {kind}", title, TWINS[name].marker)
        # Alternately below and above, so that neighbours leave each other room; away from the line,
        # which rises; and at the right end inside the margin.
        below, at_end = (bins - place) % 2 == 1, x >= 0.9
        chart.label(
            (float(x), float(y)),
            f"{n:,}",
            "tw-count" if below and not at_end else "tw-count tw-end",
            dx=(24 if at_end else 7) if below else -7,
            dy=(18 if at_end else 14) if below else -5,
        )
    return chart


def _line(table: c.Table) -> list[tuple[float, float]]:
    """The points of the bins that hold enough pictures to say something."""
    enough = table.count >= _FEW
    points = zip(table.confidence[enough], table.accuracy[enough], strict=True)
    return [(float(x), float(y)) for x, y in points]


def _figures(now: State, raw: State) -> str:
    figures = (
        _ece("ECE", now.ece, raw.ece),
        _ece("Equal-mass ECE", now.ece_equal_mass, raw.ece_equal_mass),
        _figure("NLL", f"{now.nll:.3f}", f"{raw.nll:.3f}"),
        _figure(
            "mean confidence minus accuracy", f"{100 * now.gap:+.2f} pp", f"{100 * raw.gap:+.2f} pp"
        ),
    )
    return f'<dl class="tw-figures">{"".join(figures)}</dl>'


def _ece(name: str, now: Error, raw: Error) -> str:
    return _figure(name, f"{now.value:.2%}", f"{raw.value:.2%}", f"floor {now.floor:.2%}")


def _figure(name: str, now: str, raw: str, *more: str) -> str:
    quiet = "".join(f"<dd class='tw-quiet'>{text}</dd>" for text in (*more, f"{raw} at T = 1"))
    return f"<div><dt>{name}</dt><dd>{now}</dd>{quiet}</div>"


def _risk(states: States, scale: dict[str, float], coverage: float) -> str:
    coverage = min(max(float(coverage), 1.0), 100.0)
    both = {name: states.at(name, scale[name]) for name in TWINS}
    words = "; ".join(
        f"{TWINS[name].legend}: error rate {state.error_rate(coverage):.2%}"
        for name, state in both.items()
    )
    highest = max(state.error_rate(100) for state in both.values())
    top = max(0.01, np.ceil(100 * highest) / 100)
    chart = Chart(
        x=(0, 100),
        y=(0, top),
        x_label="coverage: the most confident x% of answers",
        y_label="error rate",
        text=f"Error rate at a coverage of {coverage:g}%: {words}.",
        x_ticks=[(x, f"{x}%") for x in range(0, 101, 20)],
        y_ticks=[(i / 100, f"{i}%") for i in range(round(100 * top) + 1)],
        width=620,
        height=300,
    )
    chart.line([(coverage, 0), (coverage, top)], "tw-now")
    for name, state in both.items():
        points = [(float(x), state.error_rate(x)) for x in range(1, 101)]
        chart.line(points, f"tw-line tw-{name}")
        chart.dot(
            (coverage, state.error_rate(coverage)), f"tw-dot tw-{name}", marker=TWINS[name].marker
        )
    return (
        f'<p class="tw-sentence" aria-live="polite">Only the most confident <strong>{coverage:g}%'
        f"</strong> of pictures are answered: {words}.</p>{legend()}{chart.svg()}"
    )
