"""The tab Compare: a picture in, both models' confidences out, and a temperature for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.components import Component
from numpy.typing import NDArray

from contract.errors import UserError
from contract.pictures.decoder import Decoded
from serve.errors import Overloaded
from serve.inference.compare import Comparer, milliseconds_since
from serve.inference.document import answer, as_document, result_of
from serve.inference.engine import Outputs
from serve.page.address import Address
from serve.page.parts import render, temperatures, tiles
from serve.page.parts.events import QUIETLY
from serve.page.parts.photo import Given, Photo
from serve.page.parts.samples import Samples, Shown
from serve.page.tab import Built, Context, Tab

_HEADING = '<h2 class="tw-heading">{} <small>{}</small></h2>'
SHOWN_SCRIPT = "() => window.twShownSample()"
"""Run in the browser after a picture has been answered: puts a sample's number in the address."""


@dataclass(frozen=True, eq=False)  # Gradio hashes it, and an array has no hash
class Seen:
    """What the models saw last, and what they gave: enough to draw it anew at another T."""

    pixels: NDArray[np.uint8]
    """`[32, 32, 3]`."""
    outputs: Outputs
    sample: Shown | None
    """The test picture, if it is one of the gallery's."""
    notes: tuple[str, ...] = ()
    """What the decoder says of the upload, in sentences."""

    @property
    def label(self) -> int | None:
        """The true class, if it is known."""
        return self.sample.sample.label if self.sample else None


@dataclass(frozen=True)
class ComparedPicture:
    """What this tab offers to later ones: the picture that it compares, and how to change it."""

    seen: gr.State
    """A `Seen`, or None where there is no picture."""
    scale: gr.State
    """The temperatures, by model."""
    outputs: Sequence[Component]
    """The components that show a picture and its answers."""
    choose: Callable[[gr.EventData, dict[str, float]], Sequence[Any]]
    """Gives the values of `outputs` for a click on a tile, at these temperatures."""


def build(context: Context) -> Built:
    """The components of the tab."""
    answers = _Answers(context.comparer, context.samples)
    fitted = context.comparer.evidence.temperatures
    seen = gr.State(None)
    scale = gr.State(temperatures.AS_TRAINED)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300, elem_classes="tw-tight"):
            photo = Photo(
                label="Your picture",
                sources=["upload", "webcam", "clipboard"],
                type="filepath",
                format="png",  # a test picture must come back with the same pixels
                height=240,
                elem_id="photo",
                buttons=[],
            )
            looked_at = gr.HTML(render.seen(None), elem_id="seen")
            strip = _strip(context.samples)
        with gr.Column(scale=6, min_width=320, elem_classes="tw-tight"):
            results = gr.HTML(render.results(None), elem_id="results")
            gr.HTML(render.SCALES)
            gr.HTML(
                _HEADING.format(
                    "Just rescale it?",
                    "T above 1: less sure. Below 1: surer. The top answer never changes.",
                )
            )
            sliders = temperatures.sliders("temperatures", fitted)
    outputs: list[Component] = [photo, looked_at, results, seen]
    # Not an event of the page, but an endpoint for programs that call it by name.
    gr.on([], answers.for_api, photo, gr.JSON(visible=False, label="answer"), api_name="compare")
    # The user's own changes only: a click on a tile brings its answers along.
    changes = [photo.input(answers.of_upload, [photo, scale], outputs, **QUIETLY)]
    if strip is not None:
        changes.append(strip.select(answers.of_click, scale, outputs, **QUIETLY))
    for change in changes:
        change.then(None, None, None, js=SHOWN_SCRIPT, api_visibility="private")
    sliders.input(answers.rescaled, seen, [results, scale], **QUIETLY, trigger_mode="multiple")

    def restore(address: Address) -> Sequence[Any]:
        named = address.temperatures()
        shown = context.samples.with_index(address.number("sample"))
        return (
            *(
                (gr.skip(), gr.skip())
                if named is None
                else (named, temperatures.html("temperatures", named, fitted))
            ),
            *(
                [gr.skip()] * len(outputs)
                if shown is None
                else answers.of_sample(shown, named or temperatures.AS_TRAINED)
            ),
        )

    return Built(
        restored=[scale, sliders, *outputs],
        restore=restore,
        offers=ComparedPicture(seen, scale, outputs, answers.of_click),
    )


TAB = Tab("compare", "Compare", build)


# All visitors of the page count as one client, so that one who floods REST does not shut them out.
_CLIENT = "the page"


def infer(comparer: Comparer, pixels: NDArray[np.uint8]) -> Outputs:
    """Both models' outputs for pictures `[n, 32, 32, 3]`. Raises `gr.Error` if too much waits."""
    try:
        return comparer.engine.infer_blocking(pixels, client=_CLIENT)
    except Overloaded as error:
        raise gr.Error(error.message, title="Too busy", print_exception=False) from None


class _Answers:
    """The tab's event handlers.

    Those that take a picture give the values of the photo, of what the models see, of the results,
    and the `Seen` to remember.
    """

    def __init__(self, comparer: Comparer, samples: Samples) -> None:
        self._comparer = comparer
        self._samples = samples

    def of_upload(self, given: Given, scale: dict[str, float]) -> Sequence[Any]:
        """For an upload. One that gets no answer is removed, not left beside an older answer."""
        if given is None:
            return gr.skip(), *_nothing()
        if isinstance(given, UserError):
            return None, *_nothing(render.UNUSABLE, given.message)
        try:
            sample = self._samples.of_pixels(given.pixels)
            return gr.skip(), *self._compare(given, sample, scale)
        except gr.Error as error:
            return None, *_nothing(error.title, error.message)

    def of_click(self, event: gr.EventData, scale: dict[str, float]) -> Sequence[Any]:
        """For a click on a tile."""
        return self.of_sample(tiles.clicked(self._samples, event), scale)

    def of_sample(self, shown: Shown, scale: dict[str, float]) -> Sequence[Any]:
        """For a test picture."""
        return shown.pixels, *self._compare(Decoded(shown.pixels), shown, scale)

    def rescaled(self, event: gr.EventData, seen: Seen | None) -> tuple[str, dict[str, float]]:
        """The results at the temperatures of the sliders, and these temperatures."""
        scale = temperatures.chosen(event)
        if seen is None:
            return render.results(None), scale
        (comparison,) = self._comparer.judge(seen.outputs, scale)
        return render.results(comparison, seen.label), scale

    def for_api(self, picture: Given) -> dict[str, Any]:
        """The document that REST gives too. Raises `gr.Error` where there is no picture."""
        if picture is None or isinstance(picture, UserError):
            message = picture.message if picture else "there is no picture; send one"
            raise gr.Error(message, title=render.UNUSABLE, print_exception=False)
        started = time.perf_counter()
        outputs = infer(self._comparer, picture.pixels[np.newaxis])
        (comparison,) = self._comparer.judge(outputs, {})
        taken = milliseconds_since(started)
        result = result_of(comparison, notes=picture.notes)
        return as_document(answer(self._comparer, [result], taken))

    def _compare(
        self, picture: Decoded, sample: Shown | None, scale: dict[str, float]
    ) -> tuple[str, str, Seen]:
        outputs = infer(self._comparer, picture.pixels[np.newaxis])
        (comparison,) = self._comparer.judge(outputs, scale)
        seen = Seen(picture.pixels, outputs, sample, picture.notes)
        return _seen(seen, picture.notes), render.results(comparison, seen.label), seen


def _strip(samples: Samples) -> gr.HTML | None:
    """A dozen pictures to start with; None where the gallery is missing."""
    chosen = samples.chosen()
    if not chosen:
        return None
    gr.HTML(_HEADING.format("Or click a test picture", "There are more in the gallery."))
    return tiles.strip(chosen)


def _seen(seen: Seen, notes: tuple[str, ...]) -> str:
    """What the models see, with the sample's number for the address; a photo has none."""
    index = seen.sample.sample.index if seen.sample else ""
    return f'<div data-sample="{index}">{render.seen(seen.pixels, seen.label, notes)}</div>'


def _nothing(title: str = "", problem: str = "") -> tuple[str, str, None]:
    """The answers where there is no picture; the problem in words, if there is one."""
    return render.seen(None), render.results(None, title=title, problem=problem), None
