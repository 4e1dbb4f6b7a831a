"""The tab Stress test: Compare's picture under a corruption, and how both answers hold up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np

from contract.cifar10 import CLASSES
from contract.corruptions import KINDS, corrupt
from serve.page.address import Address
from serve.page.figures import severity
from serve.page.figures.severity import STEPS, Run
from serve.page.parts import render, temperatures
from serve.page.parts.events import QUIETLY
from serve.page.parts.samples import Shown
from serve.page.tab import Built, Context, Tab
from serve.page.tabs.compare import ComparedPicture, Seen, infer

_KIND, _SEVERITY = next(iter(KINDS)), 3
"""Chosen to begin with, and not in the address."""
_EMPTY = (
    '<p class="tw-quiet tw-waiting">Choose a picture on the Compare tab first. This tab then shows '
    "how well each model's answer holds up as the picture gets worse.</p>"
)
_OFFERED = "A CIFAR-10 test picture of the class {}. Compare and the Gallery have others."
_UPLOADED = "Your picture from the Compare tab. The models see its centre square at 32 × 32 pixels."
_ADDRESS = f"(kind) => window.twAddress({{corruption: kind === '{_KIND}' ? null : kind}})"
_CONTROLS = """
<fieldset class="tw-pick" data-parameter="severity" data-usual="{usual}">
<legend>Severity</legend><div>{severities}
<button type="button" id="tw-play" aria-label="Play all severities">▶<span>&nbsp;Play
</span></button></div></fieldset>
<fieldset class="tw-pick" data-parameter="of" data-usual="answer">
<legend>Show the confidence in</legend><div>
<label><input type="radio" name="tw-of" id="tw-of-answer" value="answer"{answer}>the answer</label>
<label><input type="radio" name="tw-of" id="tw-of-true" value="true"{true}>the true class</label>
</div></fieldset>
"""


def build(context: Context) -> Built:
    """The components of the tab."""
    comparer = context.comparer
    picture = context.offered(ComparedPicture)

    def show(
        seen: Seen | Shown, kind: str, scale: dict[str, float], notes: tuple[str, ...] = ()
    ) -> str:
        pictures = np.concatenate([corrupt(seen.pixels[np.newaxis], kind, s) for s in STEPS])
        comparisons = comparer.judge(infer(comparer, pictures), scale)
        sample = seen if isinstance(seen, Shown) else seen.sample
        run = Run(
            kind=kind,
            pictures=[render.data_uri(pixels) for pixels in pictures],
            series={name: [c.models[name] for c in comparisons] for name in comparisons[0].models},
            true=CLASSES[sample.sample.label] if sample else None,
            origin=_OFFERED.format(CLASSES[sample.sample.label]) if sample else _UPLOADED,
            notes=notes,
        )
        return severity.html(run, context.manifest)

    def show_seen(seen: Seen | None, kind: str, scale: dict[str, float]) -> str:
        if kind not in KINDS:
            raise gr.Error(
                f"There is no corruption {kind!r}. Choose one of the list.", print_exception=False
            )
        if seen is not None:
            return show(seen, kind, scale, seen.notes)
        offered = context.samples.opening()
        return show(offered, kind, scale) if offered else _EMPTY

    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            kinds = gr.Radio(list(KINDS), value=_KIND, label="Corruption", elem_id="corruption")
            controls = gr.HTML(_controls(_SEVERITY, "answer"), elem_id="severity")
        # So wide that it stands below the controls where a window is not.
        with gr.Column(scale=7, min_width=600):
            shown = gr.HTML(_EMPTY, elem_id="stress")
    inputs = [picture.seen, kinds, picture.scale]
    # The picture is chosen on another tab, so opening this one shows the latest.
    for event in (kinds.change, context.item.select):
        event(show_seen, inputs, shown, **QUIETLY, trigger_mode="always_last")
    kinds.input(None, kinds, None, js=_ADDRESS, api_visibility="private")

    def restore(address: Address) -> Sequence[Any]:
        kind = address.among("corruption", tuple(KINDS))
        step = address.among("severity", [str(step) for step in STEPS])
        of = address.among("of", ("true",))
        sample = context.samples.with_index(address.number("sample"))
        if sample is None and address.among("tab", (TAB.name,)):
            sample = context.samples.opening()
        scale = address.temperatures() or temperatures.AS_TRAINED
        return (
            kind or gr.skip(),
            _controls(int(step or _SEVERITY), of or "answer") if step or of else gr.skip(),
            gr.skip() if sample is None else show(sample, kind or _KIND, scale),
        )

    return Built(restored=[kinds, controls, shown], restore=restore)


TAB = Tab("stress", "Stress test", build)


def _controls(step: int, of: str) -> str:
    """The choice of a severity and of what is shown, which the browser alone follows."""
    severities = "".join(
        f'<label><input type="radio" name="tw-severity" id="tw-severity-{each}" value="{each}"'
        f"{' checked' if each == step else ''}>{each}</label>"
        for each in STEPS
    )
    return _CONTROLS.format(
        usual=_SEVERITY,
        severities=severities,
        answer="" if of == "true" else " checked",
        true=" checked" if of == "true" else "",
    )
