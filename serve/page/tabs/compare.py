"""The tab Compare: a picture in, both models' answers out, and what they would be at any T."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.components import Component

from contract.errors import UserError
from serve.inference.compare import Comparer, milliseconds_since
from serve.inference.document import answer, as_document, result_of
from serve.page.address import Address
from serve.page.compare import answers, looks, sets, viewer
from serve.page.compare.handlers import UNUSABLE, Handlers, Seen, infer
from serve.page.parts import temperatures, tiles
from serve.page.parts.events import QUIETLY
from serve.page.parts.photo import Given, Photo
from serve.page.tab import Built, Context, Tab

__all__ = ["TAB", "ComparedPicture", "Seen", "infer"]

_RESCALE = (
    '<h2 class="tw-heading">Just rescale it?</h2><p class="tw-quiet">A temperature T divides the '
    "logits. Above 1 the model sounds less sure, below 1 surer. Its answer never changes.</p>"
)
_SETS = '<h2 class="tw-heading">How often must it be right?</h2>'
SHOWN_SCRIPT = "() => window.twShown()"
"""Run in the browser after a picture has been answered: puts a sample's number in the address."""
# The page's script calls this event for every choice of a picture. It sends the same object each
# time, so that what waits while an answer is under way is the last choice and not the first.
_CHOOSER = "window.twOnChoice((choice) => trigger('input', choice));"
_LEVEL_SCRIPT = "(level) => window.twAddress({sets: level || null})"


@dataclass(frozen=True)
class ComparedPicture:
    """What this tab offers to later ones: the picture that it compares, and how to change it."""

    seen: gr.State
    """A `Seen`, or None where there is no picture."""
    scale: gr.State
    """The temperatures, by model. All tabs share them, as they share the address."""
    outputs: Sequence[Component]
    """The components that show a picture and its answers."""
    choose: Callable[[gr.EventData, dict[str, float]], Sequence[Any]]
    """Gives the values of `outputs` for a click on a tile, at these temperatures."""


def build(context: Context) -> Built:
    """The components of the tab."""
    handlers = Handlers(context.comparer, context.samples)
    fitted = context.comparer.evidence.temperatures
    seen = gr.State(None)
    scale = gr.State(temperatures.AS_TRAINED)
    with gr.Row(equal_height=False, elem_classes="tw-first-screen"):
        with gr.Column(scale=3, min_width=280, elem_classes="tw-picture"):
            gr.HTML(viewer.STAGE, elem_id="stage")
            looked_at = gr.HTML(viewer.seen(None), elem_id="seen")
            chooser = gr.HTML(viewer.CONTROLS, js_on_load=_CHOOSER, elem_id="controls")
            photo = Photo(
                label="Your photo",
                sources=["upload"],
                type="filepath",
                elem_id="photo",
                buttons=[],
            )
        with gr.Column(scale=8, min_width=320, elem_classes="tw-said"):
            results = gr.HTML(answers.results(None), elem_id="results")
            gr.HTML(answers.SWITCHES, elem_id="switches")
    if context.samples.all:
        gr.HTML(tiles.strip(context.samples.chosen()), elem_id="samples")
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=320, elem_classes="tw-tight"):
            gr.HTML(_RESCALE)
            sliders = temperatures.sliders("temperatures", fitted)
        with gr.Column(
            scale=1,
            min_width=320,
            elem_classes="tw-tight",
            visible=bool(context.comparer.evidence.thresholds),
        ):
            gr.HTML(_SETS)
            level = gr.Radio(
                sets.CHOICES,
                value="",
                label="How often the answer is to be right",
                show_label=False,
                elem_id="sets",
            )
            explained = gr.HTML(sets.explanation(""), elem_id="sets-explained")
    look = gr.Button(looks.BUTTON, elem_id="look", size="sm")
    looked = gr.HTML("", elem_id="looks")
    outputs: list[Component] = [photo, looked_at, results, seen]
    chosen: list[Component] = [scale, level]
    # Not an event of the page, but an endpoint for programs that call it by name.
    gr.on(
        [],
        lambda given: for_api(context.comparer, given),
        photo,
        gr.JSON(visible=False, label="answer"),
        api_name="compare",
    )
    for change in (
        photo.input(handlers.of_upload, [photo, *chosen], outputs, **QUIETLY),
        chooser.input(handlers.of_choice, chosen, outputs, **QUIETLY, trigger_mode="always_last"),
    ):
        change.then(None, None, None, js=SHOWN_SCRIPT, api_visibility="private")

    def rescaled(event: gr.EventData, now: Seen | None, level: str) -> tuple[str, dict[str, float]]:
        scale = temperatures.chosen(event)
        return handlers.again(now, scale, level), scale

    def levelled(now: Seen | None, scale: dict[str, float], level: str) -> tuple[str, str]:
        return handlers.again(now, scale, level), sets.explanation(level)

    state: list[Component] = [seen, scale, level]
    sliders.input(rescaled, [seen, level], [results, scale], **QUIETLY, trigger_mode="multiple")
    level.input(levelled, state, [results, explained], **QUIETLY, trigger_mode="always_last")
    level.input(None, level, None, js=_LEVEL_SCRIPT, api_visibility="private")
    # Another tab may have set other temperatures.
    context.item.select(handlers.again, state, results, **QUIETLY)

    # Only where somebody wants to know: it takes as long as fifty answers.
    look.click(
        lambda now: looks.html(context.comparer, now),
        seen,
        looked,
        api_visibility="private",
        show_progress="minimal",
    )

    def restore(address: Address) -> Sequence[Any]:
        scale = address.temperatures()
        name = address.among("sets", tuple(sets.NAMES))
        sample = context.samples.with_index(address.number("sample"))
        shown = sample or context.samples.opening()
        now = scale or temperatures.AS_TRAINED
        return (
            *(
                [gr.skip()] * 2
                if scale is None
                else (scale, temperatures.html("temperatures", scale, fitted))
            ),
            *([gr.skip()] * 2 if name is None else (name, sets.explanation(name))),
            *([gr.skip()] * 4 if shown is None else handlers.of_sample(shown, now, name or "")),
        )

    return Built(
        restored=[scale, sliders, level, explained, *outputs],
        restore=restore,
        offers=ComparedPicture(
            seen,
            scale,
            outputs,
            lambda event, at: handlers.of_sample(tiles.clicked(context.samples, event), at, ""),
        ),
    )


TAB = Tab("compare", "Compare", build)


def for_api(comparer: Comparer, picture: Given) -> dict[str, Any]:
    """The document that REST gives too. Raises `gr.Error` where there is no picture."""
    if picture is None or isinstance(picture, UserError):
        message = picture.message if picture else "there is no picture; send one"
        raise gr.Error(message, title=UNUSABLE, print_exception=False)
    started = time.perf_counter()
    outputs = infer(comparer, picture.pixels[np.newaxis])
    (comparison,) = comparer.judge(outputs, {})
    taken = milliseconds_since(started)
    result = result_of(comparison, notes=picture.notes)
    return as_document(answer(comparer, [result], taken))
