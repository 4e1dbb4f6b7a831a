"""The tab Learn: label smoothing by hand, what is said of it and what was measured, a quiz."""

from __future__ import annotations

import csv
import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from contract import claims, report, sweep
from contract.cifar10 import CLASSES
from contract.manifest import NAMES, Manifest, ManifestError, read_file
from contract.smoothing import Convention, loss_floor, targets
from serve.ui.charts import LEGEND, Chart, percents
from serve.ui.events import QUIETLY

QUIZ = Path(report.__file__).with_name("quiz.json")
_CONVENTIONS: dict[str, Convention] = {
    "shared among all K classes (PyTorch)": "uniform mix",
    "shared among the K - 1 others": "others only",
}
_MARKS = {
    "✓": "bears the claim out",
    "✗": "says the opposite",
    "~": "chance alone may explain the difference",
}
_FARTHEST = 8.0
"""Of the loss curve: how far the true class's logit leads."""
_CHECK = """
element.addEventListener('change', (event) => {
  const question = event.target.closest('fieldset');
  if (!question) return;
  const right = event.target.value === question.dataset.answer;
  question.dataset.result = right ? 'right' : 'wrong';
  question.querySelector('[role=status]').textContent =
    (right ? 'Right. ' : 'Not quite. ') + question.dataset.why;
});
"""


def build(models: Path, manifest: Manifest, item: gr.Tab) -> None:
    """Inside of the tab `item`. The claims are settled when it is first opened."""

    def smooth(epsilon: float, classes: float, convention: str) -> str:
        return by_hand(float(epsilon), int(classes), _CONVENTIONS[convention])

    gr.HTML('<h2 class="tw-heading">Label smoothing by hand</h2>')
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            epsilon = gr.Slider(
                0, 0.9, value=0.1, step=0.01, label="ε: how much is shared", elem_id="epsilon"
            )
            classes = gr.Slider(2, 10, value=10, step=1, label="K: classes", elem_id="classes")
            convention = gr.Radio(
                list(_CONVENTIONS), value=next(iter(_CONVENTIONS)), label="ε is", elem_id="shared"
            )
        with gr.Column(scale=7, min_width=320):
            shown = gr.HTML(by_hand(0.1, 10, "uniform mix"), elem_id="by-hand")
    inputs: list[Any] = [epsilon, classes, convention]
    for control in inputs:
        control.input(
            smooth,
            inputs,
            shown,
            **QUIETLY,
            trigger_mode="always_last",
        )
    gr.HTML('<h2 class="tw-heading">How this very pair learnt</h2>')
    gr.HTML(_curves(models, manifest), elem_id="curves")
    gr.HTML('<h2 class="tw-heading">What is said of label smoothing, and what was measured</h2>')
    settled = gr.HTML('<p class="tw-quiet tw-waiting">…</p>', elem_id="claims")
    kept: list[str] = []

    def settle() -> str:
        if not kept:
            kept.append(claims_table(models, manifest.pair))
        return kept[0]

    item.select(settle, None, settled, **QUIETLY)
    gr.HTML('<h2 class="tw-heading">Five questions</h2>')
    gr.HTML(_quiz(), js_on_load=_CHECK, elem_id="quiz")


def by_hand(epsilon: float, classes: int, convention: Convention) -> str:
    """The target of a picture of the first class, and the loss as its logit takes the lead."""
    (target,) = targets([0], classes, epsilon, convention)
    bars = "".join(
        f'<li><span class="tw-class">{CLASSES[k]}</span><div class="tw-track"><div class="tw-fill" '
        f'style="--linear:{100 * p:.2f}%"></div></div><span class="tw-number">{100 * p:.2f}%</span>'
        "</li>"
        for k, p in enumerate(target.tolist())
    )
    least = target[0]
    floor = loss_floor(epsilon, classes, convention)
    words = (
        "With ε = 0 the loss falls for ever: the model is paid for being surer and surer."
        if epsilon == 0
        else f"The loss is least, {floor:.3f} nats, where the model says {100 * least:.2f}%: "
        "beyond that, being surer costs."
    )
    if least <= target[1]:
        words = "So much is shared that the true class is no longer the likeliest in the target."
    return (
        f'<div class="tw-two"><section><h3>Target for a picture of an {CLASSES[0]}</h3>'
        f'<ul class="tw-targets tw-smoothed">{bars}</ul></section>'
        f"<section><h3>Loss, as the true class takes the lead</h3>"
        f'{_loss_curve(target, words)}</section></div><p class="tw-sentence" aria-live="polite">'
        f"{words}</p>"
    )


def _loss_curve(target: np.ndarray, words: str) -> str:
    classes = len(target)
    leads = np.linspace(-1, _FARTHEST, 91)
    logits = np.zeros((len(leads), classes))
    logits[:, 0] = leads
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    chart = Chart(
        x=(-1, _FARTHEST),
        y=(0, 4),
        x_label="lead of the true class's logit",
        y_label="loss, nats",
        text=f"Cross-entropy with hard and with smoothed targets. {words}",
        x_ticks=[(x, str(x)) for x in range(0, 9, 2)],
        y_ticks=[(y, str(y)) for y in range(5)],
    )
    curves = {"hard": -logs[:, 0], "smoothed": -(logs * target).sum(axis=1)}
    for name, loss in curves.items():
        points = list(zip(leads.tolist(), loss.tolist(), strict=True))
        chart.line(points, f"tw-line tw-{name}")
    low = int(np.argmin(curves["smoothed"]))
    if 0 < low < len(leads) - 1:
        chart.dot((float(leads[low]), float(curves["smoothed"][low])), "tw-dot tw-smoothed")
    return LEGEND + chart.svg()


def _curves(models: Path, manifest: Manifest) -> str:
    try:
        text = read_file(models, manifest.curves, "curves").decode()
    except ManifestError as error:
        return f'<p class="tw-quiet">{escape(str(error))}</p>'
    rows = list(csv.DictReader(text.splitlines()))
    last = max(int(row["epoch"]) for row in rows)
    ticks = [(e, str(e)) for e in range(0, last + 1, max(1, round(last / 5)))]
    losses = max(float(row["train_loss"]) for row in rows)
    loss = Chart((0, last), (0, losses), "epoch", "training loss, nats", "", x_ticks=ticks)
    loss.y_ticks = [(y / 2, f"{y / 2:g}") for y in range(int(2 * losses) + 1)]
    right = Chart((0, last), (0.5, 1), "epoch", "validation accuracy", "", x_ticks=ticks)
    right.y_ticks = [t for t in percents(0.1) if t[0] >= 0.499]
    for name in NAMES:
        of = [row for row in rows if row["model"] == name]
        for chart, column in ((loss, "train_loss"), (right, "validation_accuracy")):
            points = [(float(row["epoch"]), float(row[column])) for row in of]
            chart.line(points, f"tw-line tw-{name}")
            chart.text += f"{name}: {column} ends at {points[-1][1]:.3f}. "
    return f'{LEGEND}<div class="tw-two">{loss.svg()}{right.svg()}</div>'


def claims_table(models: Path, pair: dict[str, str]) -> str:
    """The claims with verdicts, from the evidence and the sweeps beside the models."""
    try:
        found, logits = report.read(models, pair)
        settled = claims.settle(found, logits, sweep.read(models))
    except (report.ReportError, sweep.SweepError) as error:
        return f'<p class="tw-quiet">{escape(str(error))}</p>'
    rows = "".join(
        f"<tr><td>{claim.text}</td><td><strong>{claim.verdict}</strong></td>"
        f"<td>{_findings(claim)}</td></tr>"
        for claim in settled
    )
    return (
        '<p class="tw-quiet">'
        + ", ".join(f"{mark} {meaning}" for mark, meaning in _MARKS.items())
        + ". True here: ✓ alone; it depends: some; false here: ✗ and no ✓; not shown: ~ alone.</p>"
        '<div class="tw-scroll"><table class="tw-table"><thead><tr><th>Label smoothing …</th>'
        "<th>here</th><th>hard → smoothed, with the 95% interval of the difference</th></tr>"
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _findings(claim: claims.Claim) -> str:
    lines = []
    for f in claim.findings:
        unit, scale = (" pp", 100.0) if f.share else ("", 1.0)
        interval = f" ({scale * f.interval.low:+.2f} to {scale * f.interval.high:+.2f}{unit})"
        exact = f.interval.low == f.interval.high
        lines.append(
            f'<li><span class="tw-mark-of">{f.mark}<span class="tw-hidden"> {_MARKS[f.mark]}: '
            f"</span></span>{escape(f.what)}: {_number(f.hard, f.share)} → "
            f"{_number(f.smoothed, f.share)}{'' if exact else interval} "
            f'<span class="tw-quiet">{escape(f.setting)}</span></li>'
        )
    return f"<ul>{''.join(lines)}</ul>" if lines else '<span class="tw-quiet">–</span>'


def _number(value: float, share: bool) -> str:
    return f"{100 * value:.2f}%" if share else f"{value:.3f}"


def _quiz() -> str:
    parts = []
    for number, entry in enumerate(json.loads(QUIZ.read_text(encoding="utf-8"))):
        options = "".join(
            f'<label><input type="radio" name="tw-quiz-{number}" value="{k}">{escape(text)}</label>'
            for k, text in enumerate(entry["options"])
        )
        parts.append(
            f'<fieldset data-answer="{entry["answer"]}" data-why="{escape(entry["why"])}">'
            f"<legend>{escape(entry['question'])}</legend>{options}"
            '<p role="status"></p></fieldset>'
        )
    return f'<div class="tw-quiz">{"".join(parts)}</div>'
