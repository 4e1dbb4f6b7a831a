"""Test pictures to click on, each drawn as a piece of the gallery's one large picture."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Mapping, Sequence

import gradio as gr
import numpy as np
from PIL import Image

from contract.artifacts.gallery import COLUMNS
from serve.page.parts.samples import Samples, Shown

SELECT_SCRIPT = """
element.addEventListener('click', (event) => {
  const tile = event.target.closest('button[data-place]');
  if (tile) trigger('select', { place: Number(tile.dataset.place) });
});
"""
"""Makes a click on a tile the `select` event of the `gr.HTML` that holds it; see `clicked`."""
_TILE = (
    '<button type="button" class="tw-tile" data-place="{place}" title="{caption}" '
    'style="--column:{column};--row:{row}"><span class="tw-hidden">{caption}</span></button>'
)


def tile(shown: Shown) -> str:
    """A button that shows a test picture."""
    row, column = divmod(shown.place, COLUMNS)
    return _TILE.format(place=shown.place, caption=shown.caption, row=row, column=column)


def strip(kinds: Mapping[str, Sequence[Shown]]) -> str:
    """Rows of tiles under the name of their kind, drawn from the `sheet` of the same pictures."""
    places = itertools.count()
    groups = "".join(
        f'<div class="tw-kind" role="group" aria-label="{kind}"><span class="tw-kind-name">{kind}'
        f"</span>{''.join(_choice(shown, next(places)) for shown in found)}</div>"
        for kind, found in kinds.items()
    )
    return f'<div class="tw-strip" style="--count:{max(next(places), 1)}">{groups}</div>'


def sheet(kinds: Mapping[str, Sequence[Shown]]) -> str:
    """The pictures of `strip` side by side, as a data URI: a fortieth of the gallery's sheet."""
    pixels = [shown.pixels for found in kinds.values() for shown in found]
    if not pixels:
        return "data:,"
    packed = io.BytesIO()
    Image.fromarray(np.concatenate(pixels, axis=1), "RGB").save(
        packed, "WEBP", lossless=True, method=6
    )
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"


def _choice(shown: Shown, place: int) -> str:
    return (
        f'<button type="button" class="tw-tile tw-choice" data-index="{shown.sample.index}" '
        f'aria-pressed="false" title="{shown.caption}" style="--place:{place}">'
        f'<span class="tw-hidden">{shown.caption}</span></button>'
    )


def clicked(samples: Samples, event: gr.EventData) -> Shown:
    """The test picture that was clicked. Raises `gr.Error` for what no tile sends."""
    place = getattr(event, "place", None)
    if not isinstance(place, int) or not 0 <= place < len(samples.all):
        raise gr.Error(
            "There is no such test picture. Reload the page and click again.",
            print_exception=False,
        )
    return samples.all[place]
