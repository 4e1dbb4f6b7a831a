"""The tab Calibration: what each twin's confidences were worth on the test pictures, at any T.

Recomputed from the stored logits at each move of a slider: nothing here is a prepared picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np
from gradio.components import Component
from numpy.typing import NDArray

from contract import calibration as c
from contract.intervals import wilson
from contract.manifest import NAMES
from serve.evidence import Evidence, TestSet
from serve.ui import temperatures
from serve.ui.charts import LEGEND, Chart, percents
from serve.ui.events import QUIETLY
from serve.ui.sentence import TITLES

_EMPTY = (
    '<p class="tw-quiet">There is no evidence for this pair. '
    "<code>python -m train evaluate --models FOLDER</code> makes it.</p>"
)
_INTRO = (
    '<p class="tw-sentence">Does a model that says 80% turn out right 80% of the time? '
    "<strong>On the dashed line, yes.</strong> Below it the model is too sure, above it not sure "
    "enough. Divide the logits by a temperature, and see all of it change.</p>"
)
_FEW = 10
"""Pictures, in a bin: below it the share of right ones tells next to nothing."""
_SHARE = 80
"""Percent of the pictures answered, to begin with."""
_RISK_HEADING = (
    '<h2 class="tw-heading">If it may stay silent when unsure '
    "<small>answer only the surest pictures, and see how many answers are wrong</small></h2>"
)


@dataclass(frozen=True)
class State:
    """A twin on the test set at one temperature."""

    temperature: float
    table: c.Table
    right: NDArray[np.int64]
    """Of each bin of the table."""
    ece: float
    nll: float
    gap: float
    risks: NDArray[np.float64]
    """Among the surest 1, 2, ... pictures."""

    def words(self) -> str:
        """Of the signed gap, for a label."""
        if abs(self.gap) < 0.005:
            return "about as sure as it is right"
        return "too sure" if self.gap > 0 else "not sure enough"


class Curves:
    """States by twin and temperature; those of T = 1 and the last few are kept."""

    def __init__(self, test: TestSet) -> None:
        self._test = test
        self.at = lru_cache(64)(self._at)

    @property
    def pictures(self) -> int:
        return len(self._test.labels)

    def _at(self, name: str, temperature: float) -> State:
        logits, labels = self._test.logits[name], self._test.labels
        sure, correct = c.confidence(c.softmax(logits, temperature), labels)
        table = c.equal_width(sure, correct)
        return State(
            temperature=temperature,
            table=table,
            right=np.rint(table.accuracy * table.count).astype(np.int64),
            ece=c.ece(table),
            nll=float(c.nll_by_picture(logits, labels, temperature).mean()),
            gap=c.signed_gap(sure, correct),
            risks=c.risk_coverage(sure, correct),
        )


@dataclass(frozen=True)
class Tab:
    """What the address sets: `shown` is what `show` gives for temperatures."""

    shown: list[Component]
    show: Callable[[dict[str, float]], tuple[Any, ...]]


def build(evidence: Evidence) -> Tab:
    """Inside of the tab."""
    if evidence.test is None:
        gr.HTML(_EMPTY)
        return Tab([], lambda _: ())
    curves = Curves(evidence.test)
    start = dict.fromkeys(NAMES, 1.0)

    def rescale(event: gr.EventData, share: float) -> tuple[str, str, dict[str, float]]:
        scale = temperatures.read({name: getattr(event, name, None) for name in NAMES})
        return _diagrams(curves, scale), _risk(curves, scale, share), scale

    def reshare(share: float, scale: dict[str, float]) -> str:
        return _risk(curves, scale, share)

    def show(scale: dict[str, float]) -> tuple[Any, ...]:
        html = temperatures.html("calibration-t", scale, evidence.temperatures)
        return html, _diagrams(curves, scale), _risk(curves, scale, _SHARE), scale

    scale = gr.State(start)
    gr.HTML(_INTRO)
    sliders = temperatures.sliders("calibration-t", evidence.temperatures)
    diagrams = gr.HTML(_diagrams(curves, start), elem_id="diagrams")
    gr.HTML(_RISK_HEADING)
    share = gr.Slider(
        1,
        100,
        value=_SHARE,
        step=1,
        label="Answer only the surest, % of pictures",
        elem_id="coverage",
    )
    risk = gr.HTML(_risk(curves, start, _SHARE), elem_id="risk")
    sliders.input(
        rescale,
        share,
        [diagrams, risk, scale],
        **QUIETLY,
        trigger_mode="multiple",
    )
    share.input(
        reshare,
        [share, scale],
        risk,
        **QUIETLY,
        trigger_mode="always_last",
    )
    return Tab([sliders, diagrams, risk, scale], show)


def _diagrams(curves: Curves, scale: dict[str, float]) -> str:
    return '<div class="tw-two">' + "".join(_diagram(curves, n, scale[n]) for n in NAMES) + "</div>"


def _diagram(curves: Curves, name: str, temperature: float) -> str:
    now, raw = curves.at(name, temperature), curves.at(name, 1.0)
    chart = Chart(
        x=(0, 1),
        y=(0, 1),
        x_label="how sure it was",
        y_label="how often it was right",
        text=f"Reliability of {TITLES[name].lower()} at T = {temperature:.2f}: ECE {now.ece:.2%}, "
        f"{now.words()}.",
        x_ticks=percents(),
        y_ticks=percents(),
        height=360,
    )
    chart.line([(0, 0), (1, 1)], "tw-ideal")
    if temperature != 1:
        chart.line(_line(raw.table), f"tw-line tw-ghost tw-{name}")
    chart.line(_line(now.table), f"tw-line tw-{name}")
    bins = len(now.table.count)
    for place, (n, right, x, y) in enumerate(
        zip(now.table.count, now.right, now.table.confidence, now.table.accuracy, strict=True)
    ):
        kind = f"tw-{name} tw-few" if n < _FEW else f"tw-{name}"
        interval = wilson(int(right), int(n))
        chart.interval(float(x), interval.low, interval.high, f"tw-interval {kind}")
        title = f"{n:,} pictures, {x:.1%} sure on average: {y:.1%} right"
        chart.dot((float(x), float(y)), f"tw-dot {kind}", title, square=name == "smoothed")
        # By turns under and above, so that neighbours leave each other room; away from the line,
        # which rises, and at the right end within the margin.
        under, at_end = (bins - place) % 2 == 1, x >= 0.9
        chart.label(
            (float(x), float(y)),
            f"{n:,}",
            "tw-count" if under and not at_end else "tw-count tw-end",
            dx=(24 if at_end else 7) if under else -7,
            dy=(18 if at_end else 14) if under else -5,
        )
    return (
        f'<section class="tw-{name}"><h3><i class="tw-swatch"></i>{TITLES[name]}, '
        f'T = {temperature:.2f}</h3>{chart.svg()}<dl class="tw-figures">'
        + _figure("ECE", f"{now.ece:.2%}", f"{raw.ece:.2%}")
        + _figure("NLL", f"{now.nll:.3f}", f"{raw.nll:.3f}")
        + _figure("sure minus right", f"{100 * now.gap:+.2f} pp", f"{100 * raw.gap:+.2f}")
        + f"</dl><p class='tw-quiet'>{now.words().capitalize()}. {curves.pictures:,} test pictures "
        f"by how sure it was; bars: 95% intervals; numbers: pictures; pale: fewer than {_FEW}.</p>"
        "</section>"
    )


def _line(table: c.Table) -> list[tuple[float, float]]:
    """Through the bins that say something: one right answer of one is no 100%."""
    said = table.count >= _FEW
    points = zip(table.confidence[said], table.accuracy[said], strict=True)
    return [(float(x), float(y)) for x, y in points]


def _figure(name: str, now: str, raw: str) -> str:
    return f"<div><dt>{name}</dt><dd>{now}</dd><dd class='tw-quiet'>{raw} at T = 1</dd></div>"


def _risk(curves: Curves, scale: dict[str, float], share: float) -> str:
    share = min(max(float(share), 1.0), 100.0)
    states = {name: curves.at(name, scale[name]) for name in NAMES}
    words = "; ".join(
        f"{TITLES[name].lower()}: {_risk_at(state, share):.2%} wrong"
        for name, state in states.items()
    )
    most = max(float(state.risks[-1]) for state in states.values())
    top = max(0.01, np.ceil(100 * most) / 100)
    chart = Chart(
        x=(0, 100),
        y=(0, top),
        x_label="answered: the surest x% of pictures",
        y_label="wrong among them",
        text=f"Answer only the surest {share:g}%: {words}.",
        x_ticks=[(x, f"{x}%") for x in range(0, 101, 20)],
        y_ticks=[(i / 100, f"{i}%") for i in range(round(100 * top) + 1)],
        width=620,
        height=300,
    )
    chart.line([(share, 0), (share, top)], "tw-now")
    for name, state in states.items():
        points = [(float(x), _risk_at(state, x)) for x in range(1, 101)]
        chart.line(points, f"tw-line tw-{name}")
        chart.dot((share, _risk_at(state, share)), f"tw-dot tw-{name}", square=name == "smoothed")
    return (
        f'<p class="tw-sentence" aria-live="polite">Answer only the surest <strong>{share:g}%'
        f"</strong> of pictures: {words}.</p>{LEGEND}{chart.svg()}"
    )


def _risk_at(state: State, share: float) -> float:
    n = len(state.risks)
    return float(state.risks[max(1, round(n * share / 100)) - 1])
