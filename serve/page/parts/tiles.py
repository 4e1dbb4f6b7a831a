"""Test pictures to click on, each drawn as a piece of the gallery's one large picture."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

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


def strip(samples: Sequence[Shown]) -> gr.HTML:
    """A row of tiles."""
    tiles = "".join(map(tile, samples))
    return gr.HTML(
        f'<div class="tw-strip">{tiles}</div>', js_on_load=SELECT_SCRIPT, elem_id="samples"
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
