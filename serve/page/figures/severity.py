"""How both models' answers to a picture hold up as a corruption gets worse: the drawings.

Everything for all severities is in the HTML, and the style sheet shows what belongs to the severity
that is checked in the controls. So a change of severity asks the server for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from contract.artifacts.manifest import Manifest
from contract.cifar10 import CLASSES
from contract.corruptions import SEVERITIES
from contract.twins import TWINS
from serve.inference.compare import Verdict
from serve.page.figures import figure
from serve.page.figures.chart import Chart, legend, percents
from serve.page.figures.figure import Cell, Figure
from serve.page.parts.sentence import percent

STEPS = (0, *SEVERITIES)
"""The severities that are shown; 0 is the picture as it is."""
Series = dict[str, list[Verdict]]
"""Each model's answers, one for each of `STEPS`."""


@dataclass(frozen=True)
class Run:
    """One picture under one corruption."""

    kind: str
    pictures: Sequence[str]
    """The picture at each of `STEPS`, as data URIs."""
    series: Series
    true: str | None
    """The true class, if it is known."""
    origin: str
    """Which picture this is, in a sentence."""
    notes: tuple[str, ...] = ()
    """What to know about an upload that was read in spite of a fault, in sentences."""

    def is_off(self, name: str, step: int) -> bool:
        """Whether a model's answer is wrong there or, where the class is unknown, a new one."""
        verdicts = self.series[name]
        return verdicts[step].label != (self.true or verdicts[0].label)


def html(run: Run, manifest: Manifest) -> str:
    """The sentence, the picture and the answers at each severity, and the chart."""
    words = sentence(run.series)
    stages = "".join(_stage(run, step) for step in STEPS)
    cards = "".join(_card(run, step) for step in STEPS)
    noted = f'<p class="tw-note" role="status">{escape(" ".join(run.notes))}</p>'
    return (
        f'<p class="tw-sentence" aria-live="polite">{escape(words)}</p>'
        f'<p class="tw-quiet">{escape(run.origin)}</p>{noted if run.notes else ""}'
        f'<div class="tw-stress"><div class="tw-degraded" aria-live="polite">{stages}</div>'
        f"{figure.html(_figure(run, words), manifest)}</div>"
        f'<ol class="tw-steps">{cards}</ol>'
    )


def _stage(run: Run, step: int) -> str:
    answers = "".join(_answer(run, name, step) for name in TWINS)
    under = "The picture as it is" if step == 0 else f"{run.kind.capitalize()}, severity {step}"
    return (
        f'<div data-severity="{step}"><img class="tw-pixels tw-large" src="{run.pictures[step]}" '
        f'alt="{escape(under)}"><p class="tw-quiet">{under}</p>{answers}</div>'
    )


def _answer(run: Run, name: str, step: int) -> str:
    verdict = run.series[name][step]
    return (
        f'<p class="tw-{name}"><i class="tw-swatch"></i><span class="tw-hidden">'
        f"{TWINS[name].title}: </span><strong>{verdict.label}</strong> "
        f'<span class="tw-number">{percent(verdict.confidence)}</span> {_judged(run, verdict)}</p>'
    )


def _judged(run: Run, verdict: Verdict) -> str:
    if run.true is None:
        return ""
    if verdict.label == run.true:
        return '<span class="tw-right">right</span>'
    return '<span class="tw-wrong">wrong</span>'


def _card(run: Run, step: int) -> str:
    """A small picture with both answers; a click on it chooses its severity."""
    answers = ""
    for name, twin in TWINS.items():
        verdict = run.series[name][step]
        off = ' class="tw-off"' if run.is_off(name, step) else ""
        answers += (
            f'<span class="tw-{name}"><i class="tw-swatch"></i><span class="tw-hidden">'
            f"{twin.title}: </span><span{off}>{verdict.label}</span> "
            f'<span class="tw-number">{percent(verdict.confidence)}</span></span>'
        )
    return (
        f'<li><label for="tw-severity-{step}" data-severity="{step}">'
        f'<img class="tw-pixels" src="{run.pictures[step]}" alt=""><b>{step}</b>{answers}'
        "</label></li>"
    )


def _figure(run: Run, words: str) -> Figure:
    rows: list[list[Cell]] = [
        [
            run.kind,
            step,
            name,
            verdicts[step].label,
            verdicts[step].confidence,
            run.true or "",
            verdicts[step].probabilities[CLASSES.index(run.true)] if run.true else "",
            verdicts[step].temperature,
        ]
        for name, verdicts in run.series.items()
        for step in STEPS
    ]
    of_true = (
        f'<div class="tw-of-true">{_chart(run, words, run.true)}</div>'
        if run.true
        else '<p class="tw-of-true tw-sentence">Nobody has said what this photo shows, so the '
        "confidence in its true class is not known. Choose a test picture, or show the confidence "
        "in the answer.</p>"
    )
    hollow = "is wrong" if run.true else "is another than for the picture as it is"
    return Figure(
        name="stress-chart",
        title=f"Confidence under {run.kind}, by severity",
        drawing=f'{legend()}<div class="tw-of-answer">{_chart(run, words, None)}</div>{of_true}',
        header=(
            "corruption",
            "severity",
            "model",
            "answer",
            "confidence",
            "true class",
            "probability of the true class",
            "temperature",
        ),
        rows=rows,
        caption=f"Hollow points: the answer {hollow}.{_temperatures(run.series)}",
    )


def _temperatures(series: Series) -> str:
    """The temperatures set in Compare, unless both are 1."""
    chosen = {name: verdicts[0].temperature for name, verdicts in series.items()}
    if all(temperature == 1 for temperature in chosen.values()):
        return ""
    both = ", ".join(f"{TWINS[name].title} T = {t:.2f}" for name, t in chosen.items())
    return f" Temperatures from the Compare tab: {both}."


def _chart(run: Run, words: str, of: str | None) -> str:
    """The confidence by severity in the class `of`, or else in the answer there."""
    what = f"confidence in {of}" if of else "confidence in the answer"
    chart = Chart(
        x=(0, SEVERITIES[-1]),
        y=(0, 1),
        x_label=f"severity of {run.kind}",
        y_label=what,
        text=f"{what.capitalize()} by severity of {run.kind}. {words}",
        x_ticks=[(step, str(step)) for step in STEPS],
        y_ticks=percents(),
        height=240,
    )
    for step in STEPS:
        chart.line([(step, 0), (step, 1)], "tw-now", severity=step)
    for name, verdicts in run.series.items():
        points = [
            (float(step), v.probabilities[CLASSES.index(of)] if of else v.confidence)
            for step, v in enumerate(verdicts)
        ]
        chart.line(points, f"tw-line tw-{name}")
        for step, (point, verdict) in enumerate(zip(points, verdicts, strict=True)):
            title = f"{TWINS[name].title}, severity {step}: {of or verdict.label} "
            title += percent(point[1])
            if of and verdict.label != of:
                title += f"; the answer is {verdict.label}"
            off = " tw-lost" if run.is_off(name, step) else ""
            chart.dot(point, f"tw-dot tw-{name}{off}", title, TWINS[name].marker)
    return chart.svg()


def sentence(series: Series) -> str:
    """Where each model changes its answer."""
    answers = {name: [verdict.label for verdict in verdicts] for name, verdicts in series.items()}
    first, *others = answers.values()
    if all(other == first for other in others):
        return switches("Both models", first, "say", "switch")
    return " ".join(switches(TWINS[name].subject_first, labels) for name, labels in answers.items())


def switches(
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
