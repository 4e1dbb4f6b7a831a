"""The tab Compare: a picture in, both twins' confidences out, and "just rescale it?"."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.components import Component
from numpy.typing import NDArray

from contract.gallery import COLUMNS
from contract.manifest import NAMES
from serve.compare import Comparer, milliseconds_since
from serve.engine import Outputs
from serve.errors import Overloaded, ServeError
from serve.schemas import answer, as_document, result_of
from serve.ui import render, temperatures
from serve.ui.events import QUIETLY
from serve.ui.photo import Given, Photo
from serve.ui.samples import Samples, Shown

_HEADING = '<h2 class="tw-heading">{} <small>{}</small></h2>'
# One picture of the strip: a piece of the sheet.
_TILE = (
    '<button type="button" class="tw-tile" data-place="{place}" title="{caption}" '
    'style="--column:{column};--row:{row}"><span class="tw-hidden">{caption}</span></button>'
)
SHOWN_SCRIPT = "() => window.twShownSample()"
PICK_SCRIPT = """
element.addEventListener('click', (event) => {
  const tile = event.target.closest('button[data-place]');
  if (tile) trigger('select', { place: Number(tile.dataset.place) });
});
"""


@dataclass(frozen=True, eq=False)  # Gradio hashes it, and an array has no hash
class Seen:
    """What the models saw last, and what they gave: enough to draw it anew at another T."""

    pixels: NDArray[np.uint8]
    """`[32, 32, 3]`."""
    outputs: Outputs
    sample: Shown | None
    """Where it is one of the gallery's."""


@dataclass(frozen=True)
class Tab:
    """What other tabs and the address set or read."""

    photo: Photo
    seen: gr.State
    scale: gr.State
    """The temperatures, by twin."""
    sliders: gr.HTML
    answers: list[Component]
    compare: Callable[[NDArray[np.uint8], dict[str, float]], tuple[Any, ...]]
    """Gives what `answers` show of a picture at these temperatures."""
    choose: Callable[[gr.EventData, dict[str, float]], tuple[Any, ...]]
    """Gives `photo` and `answers` for a click on a `tile`."""


def run(comparer: Comparer, pixels: NDArray[np.uint8]) -> Outputs:
    """What the twins give for pictures `[n, 32, 32, 3]`. Raises `gr.Error` where too much waits."""
    try:
        return comparer.engine.run_blocking(pixels)
    except Overloaded as error:
        raise gr.Error(error.message, title="Too busy", print_exception=False) from None


def tile(shown: Shown) -> str:
    """A button that shows a picture of the sheet."""
    row, column = divmod(shown.place, COLUMNS)
    return _TILE.format(place=shown.place, caption=shown.caption, row=row, column=column)


def _pick(samples: Samples, event: gr.EventData) -> NDArray[np.uint8]:
    """The pixels of the picture that was clicked on."""
    place = getattr(event, "place", None)
    if not isinstance(place, int) or not 0 <= place < len(samples.all):
        raise gr.Error("there is no such picture here", print_exception=False)
    return samples.all[place].pixels


def _strip(samples: Samples) -> gr.HTML | None:
    """A dozen pictures to start with; None where the gallery is missing."""
    chosen = samples.chosen()
    if not chosen:
        return None
    gr.HTML(_HEADING.format("Or click on a test picture", "More of them in the gallery."))
    tiles = "".join(tile(shown) for shown in chosen)
    return gr.HTML(
        f'<div class="tw-strip">{tiles}</div>', js_on_load=PICK_SCRIPT, elem_id="samples"
    )


def _seen(pixels: NDArray[np.uint8], shown: Shown | None) -> str:
    """With the sample's index, for the address; none for a photo."""
    index, label = (shown.sample.index, shown.sample.label) if shown else ("", None)
    return f'<div data-sample="{index}">{render.seen(pixels, label)}</div>'


def _nothing(title: str = "", problem: str = "") -> tuple[str, str, None]:
    """The answers where there is no picture; the problem in words, where that is why."""
    return render.seen(None), render.results(None, title=title, problem=problem), None


def build(comparer: Comparer, samples: Samples) -> Tab:
    """Inside of the tab."""

    def compare(pixels: NDArray[np.uint8], scale: dict[str, float]) -> tuple[str, str, Seen]:
        outputs = run(comparer, pixels[np.newaxis])
        (comparison,) = comparer.judge(outputs, scale)
        shown = samples.of_pixels(pixels)
        return (
            _seen(pixels, shown),
            render.results(comparison, shown.sample.label if shown else None),
            Seen(pixels, outputs, shown),
        )

    def show(given: Given, scale: dict[str, float]) -> tuple[Any, ...]:
        """Takes away a picture that got no answer: it must not stand beside the last one's."""
        if given is None:
            return gr.skip(), *_nothing()
        if isinstance(given, ServeError):
            return None, *_nothing(render.UNUSABLE, given.message)
        try:
            return gr.skip(), *compare(given, scale)
        except gr.Error as error:
            return None, *_nothing(error.title, error.message)

    def by_api(picture: Given) -> dict[str, Any]:
        if picture is None or isinstance(picture, ServeError):
            message = picture.message if picture else "there is no picture; send one"
            raise gr.Error(message, title=render.UNUSABLE, print_exception=False)
        started = time.perf_counter()
        (comparison,) = comparer.judge(run(comparer, picture[np.newaxis]), {})
        taken = milliseconds_since(started)
        return as_document(answer(comparer, [result_of(comparison, None)], taken))

    def choose(event: gr.EventData, scale: dict[str, float]) -> tuple[Any, ...]:
        pixels = _pick(samples, event)
        return pixels, *compare(pixels, scale)

    def rescale(event: gr.EventData, seen: Seen | None) -> tuple[str, dict[str, float]]:
        scale = temperatures.read({name: getattr(event, name, None) for name in NAMES})
        if seen is None:
            return render.results(None), scale
        (comparison,) = comparer.judge(seen.outputs, scale)
        return render.results(comparison, seen.sample.sample.label if seen.sample else None), scale

    fitted = comparer.evidence.temperatures
    seen = gr.State(None)
    scale = gr.State(dict.fromkeys(NAMES, 1.0))
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300, elem_classes="tw-tight"):
            photo = Photo(
                label="Your picture",
                sources=["upload", "webcam", "clipboard"],
                type="filepath",
                format="png",  # a test picture must come back as it is
                height=240,
                elem_id="photo",
                buttons=[],
            )
            looked_at = gr.HTML(render.seen(None), elem_id="seen")
            strip = _strip(samples)
        with gr.Column(scale=6, min_width=320, elem_classes="tw-tight"):
            results = gr.HTML(render.results(None), elem_id="results")
            gr.HTML(render.SCALES)
            gr.HTML(
                _HEADING.format(
                    "Just rescale it?", "T above 1: less sure. Below 1: surer. The answer stays."
                )
            )
            sliders = temperatures.sliders("temperatures", fitted)
    # No event of the page: for who calls it by name.
    gr.on([], by_api, photo, gr.JSON(visible=False, label="answer"), api_name="compare")
    answers: list[Component] = [looked_at, results, seen]
    # Of what the user does to it, not of each change: a click on a tile brings the answers along.
    changes = [photo.input(show, [photo, scale], [photo, *answers], **QUIETLY)]
    if strip is not None:
        changes.append(strip.select(choose, scale, [photo, *answers], **QUIETLY))
    for change in changes:
        change.then(None, None, None, js=SHOWN_SCRIPT, api_visibility="private")
    sliders.input(
        rescale,
        seen,
        [results, scale],
        **QUIETLY,
        trigger_mode="multiple",
    )
    return Tab(photo, seen, scale, sliders, answers, compare, choose)
