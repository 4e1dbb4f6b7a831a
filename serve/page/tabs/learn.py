"""The tab Learn: label smoothing by hand, how the models trained, claims about it, and a quiz."""

from __future__ import annotations

import csv
import math
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from contract.artifacts import claims
from contract.artifacts.manifest import Manifest, ManifestError, read_file
from contract.cifar10 import CLASSES
from contract.smoothing import Convention, loss_floor, targets
from contract.twins import HARD, SMOOTHED, TWINS
from serve.page.figures import figure
from serve.page.figures.chart import Chart, legend, percents, steps
from serve.page.figures.figure import Figure
from serve.page.parts import claims as claims_html
from serve.page.parts.events import QUIETLY
from serve.page.parts.quiz import quiz
from serve.page.tab import Built, Context, Tab

_CONVENTIONS: dict[str, Convention] = {
    "spread over all K classes (PyTorch)": "uniform mix",
    "spread over the other K - 1 classes": "others only",
}
_FARTHEST = 8.0
"""The end of the loss curve's axis: how far the true class's logit is ahead of the others."""


def build(context: Context) -> Built:
    """The components of the tab."""
    gr.HTML(_heading("Label smoothing by hand"))
    _by_hand_controls(context.manifest)
    gr.HTML(_heading("How these two models trained"))
    gr.HTML(_curves(context.models, context.manifest), elem_id="curves")
    gr.HTML(_heading("Claims about label smoothing, and what was measured"))
    settled = gr.HTML('<p class="tw-quiet tw-waiting">…</p>', elem_id="claims")

    # Read when the tab is first opened, because only then is it needed.
    @cache
    def settle() -> str:
        return claims_table(context.published, context.comparer.pair.original.model_hashes)

    context.item.select(settle, None, settled, **QUIETLY)
    gr.HTML(_heading("Five questions"))
    quiz()
    return Built()


TAB = Tab("learn", "Learn", build)


def claims_table(models: Path, pair: dict[str, str]) -> str:
    """The claims as they were settled when the models were evaluated, or why there are none."""
    try:
        return claims_html.table(claims.read(models, pair))
    except claims.ClaimsError as error:
        return f'<p class="tw-quiet">{escape(str(error))}</p>'


def by_hand(epsilon: float, classes: int, convention: Convention, manifest: Manifest) -> str:
    """The target of a picture of the first class, and the loss as its logit pulls ahead."""
    (target,) = targets([0], classes, epsilon, convention)
    bars = "".join(
        f'<li><span class="tw-class">{CLASSES[k]}</span><div class="tw-track"><div class="tw-fill" '
        f'style="--linear:{100 * p:.2f}%"></div></div><span class="tw-number">{100 * p:.2f}%</span>'
        "</li>"
        for k, p in enumerate(target.tolist())
    )
    words = _meaning(target, epsilon, loss_floor(epsilon, classes, convention))
    return (
        f'<p class="tw-sentence" aria-live="polite">{words}</p>'
        f'<div class="tw-two"><section><h3>Target for a picture of an {CLASSES[0]}</h3>'
        f'<ul class="tw-targets tw-{SMOOTHED.name}">{bars}</ul></section>'
        f"{_loss_curve(target, words, manifest)}</div>"
    )


def _heading(text: str) -> str:
    return f'<h2 class="tw-heading">{text}</h2>'


def _by_hand_controls(manifest: Manifest) -> None:
    """Sliders for ε and K, and what they make of a target."""

    def smooth(epsilon: float, classes: float, convention: str) -> str:
        return by_hand(float(epsilon), int(classes), _CONVENTIONS[convention], manifest)

    first = next(iter(_CONVENTIONS))
    start = SMOOTHED.epsilon, len(CLASSES)
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            epsilon = gr.Slider(
                0,
                0.9,
                value=start[0],
                step=0.01,
                label="ε: the share of the target that is spread",
                elem_id="epsilon",
            )
            classes = gr.Slider(
                2,
                len(CLASSES),
                value=start[1],
                step=1,
                label="K: the number of classes",
                elem_id="classes",
            )
            convention = gr.Radio(list(_CONVENTIONS), value=first, label="ε is", elem_id="shared")
        with gr.Column(scale=7, min_width=600):
            shown = gr.HTML(by_hand(*start, _CONVENTIONS[first], manifest), elem_id="by-hand")
    inputs: list[Any] = [epsilon, classes, convention]
    for control in inputs:
        control.input(smooth, inputs, shown, **QUIETLY, trigger_mode="always_last")


def _meaning(target: NDArray[np.float64], epsilon: float, floor: float) -> str:
    if target[0] <= target[1]:
        return (
            "With this much smoothing, the true class is no longer the most likely one in the "
            "target."
        )
    if epsilon == 0:
        return (
            "With ε = 0 the loss keeps falling forever: the model is rewarded for becoming more "
            "and more confident."
        )
    return (
        f"The loss is lowest, {floor:.3f} nats, where the model says {100 * target[0]:.2f}%. "
        "Greater confidence raises it."
    )


def _loss_curve(target: NDArray[np.float64], words: str, manifest: Manifest) -> str:
    leads = np.linspace(-1, _FARTHEST, 91)
    logits = np.zeros((len(leads), len(target)))
    logits[:, 0] = leads
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    losses = {HARD.name: -logs[:, 0], SMOOTHED.name: -(logs * target).sum(axis=1)}
    # The axis holds both curves as a whole, whatever ε is.
    ticks = steps(0, max(4.0, float(max(loss.max() for loss in losses.values()))))
    chart = Chart(
        x=(-1, _FARTHEST),
        y=(0, ticks[-1]),
        x_label="lead of the true class's logit",
        y_label="loss, nats",
        text=f"Cross-entropy with hard and with smoothed targets. {words}",
        x_ticks=[(x, str(x)) for x in range(0, 9, 2)],
        y_ticks=[(y, f"{y:g}") for y in ticks],
    )
    for name, loss in losses.items():
        points = list(zip(leads.tolist(), loss.tolist(), strict=True))
        chart.line(points, f"tw-line tw-{name}")
    smoothed = losses[SMOOTHED.name]
    low = int(np.argmin(smoothed))
    if 0 < low < len(leads) - 1:
        point = float(leads[low]), float(smoothed[low])
        chart.dot(point, f"tw-dot tw-{SMOOTHED.name}", marker=SMOOTHED.marker)
    return figure.html(
        Figure(
            name="loss-by-hand",
            title="Loss as the true class's logit pulls ahead",
            drawing=legend() + chart.svg(),
            header=("lead of the true class's logit", *(f"loss, {name}, nats" for name in losses)),
            rows=[
                [float(lead), *(float(loss[place]) for loss in losses.values())]
                for place, lead in enumerate(leads)
            ],
        ),
        manifest,
    )


def _curves(models: Path, manifest: Manifest) -> str:
    """Training loss and validation accuracy by epoch."""
    try:
        text = read_file(models, manifest.curves, "curves").decode()
    except ManifestError as error:
        return f'<p class="tw-quiet">{escape(str(error))}</p>'
    rows = list(csv.DictReader(text.splitlines()))
    return figure.html(
        Figure(
            name="training-curves",
            title="Training loss and validation accuracy by epoch",
            drawing=f'{legend()}<div class="tw-two"><div>{_loss(rows).svg()}</div>'
            f"<div>{_accuracy(rows).svg()}</div></div>",
            header=tuple(rows[0]),
            rows=[list(row.values()) for row in rows],
            caption="The two training losses cannot be compared: with smoothed targets even a "
            "perfect answer costs the entropy of its target.",
        ),
        manifest,
    )


def _loss(rows: list[dict[str, str]]) -> Chart:
    highest = max(float(row["train_loss"]) for row in rows)
    ticks = [(y, f"{y:g}") for y in steps(0, highest)]
    return _by_epoch(rows, "train_loss", "training loss, nats", ticks)


def _accuracy(rows: list[dict[str, str]]) -> Chart:
    lowest = min(float(row["validation_accuracy"]) for row in rows)
    ticks = percents(0.1, least=math.floor(10 * lowest) / 10)
    return _by_epoch(rows, "validation_accuracy", "validation accuracy", ticks)


def _by_epoch(
    rows: list[dict[str, str]], column: str, label: str, ticks: list[tuple[float, str]]
) -> Chart:
    """A column of the training curves, a line for each model."""
    last = max(int(row["epoch"]) for row in rows)
    epochs = [(e, str(e)) for e in range(0, last + 1, max(1, round(last / 5)))]
    ends = ticks[0][0], ticks[-1][0]
    chart = Chart((0, last), ends, "epoch", label, "", x_ticks=epochs, y_ticks=ticks)
    for name, twin in TWINS.items():
        points = [(float(r["epoch"]), float(r[column])) for r in rows if r["model"] == name]
        chart.line(points, f"tw-line tw-{name}")
        chart.text += f"{twin.title}: {label} ends at {points[-1][1]:.3f}. "
    return chart
