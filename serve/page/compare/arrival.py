"""The first screen as plain HTML, which people see and read before Gradio's megabyte has arrived.

The page's script shows Gradio's own page in its place as soon as that has the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from contract.errors import UserError
from serve.inference.compare import Comparer
from serve.page.address import Address
from serve.page.compare import answers, sets, viewer
from serve.page.compare.handlers import CLIENT, Handlers
from serve.page.parts import temperatures, tiles
from serve.page.parts.samples import Samples

_SCREEN = """
<div class="tw-first-screen"><div class="tw-picture"><div id="arrival-seen">{seen}
</div></div><div class="tw-said"><div id="arrival-results">{results}</div></div></div>
<div id="arrival-samples">{tiles}</div>
"""


class Arrival:
    """Makes the first screen for the query of an address."""

    def __init__(self, comparer: Comparer, samples: Samples, header: str, first_tab: str) -> None:
        self._comparer = comparer
        self._samples = samples
        self._handlers = Handlers(comparer, samples)
        self._header = header
        self._first_tab = first_tab
        self._tiles = tiles.strip(samples.chosen()) if samples.all else ""

    def html(self, query: Mapping[str, str]) -> str:
        """The header, and where the tab Compare is open also the picture with both answers.

        Runs both models, so it is for a thread that may block.
        """
        screen = self._screen(Address(query)) if self._is_first(query) else ""
        return (
            f'<div id="tw-arrival" inert>{self._header}<div class="tw-tabs-to-come"></div>{screen}'
            "</div>"
        )

    def _is_first(self, query: Mapping[str, str]) -> bool:
        return query.get("tab", self._first_tab) == self._first_tab

    def _screen(self, address: Address) -> str:
        sample = self._samples.with_index(address.number("sample"))
        shown = sample or self._samples.opening()
        if shown is None or not self._comparer.ready:
            return ""
        level = address.among("sets", tuple(sets.NAMES)) or ""
        scale = address.temperatures() or temperatures.AS_TRAINED
        try:
            outputs = self._comparer.engine.infer_blocking(shown.pixels[np.newaxis], client=CLIENT)
        except UserError:  # too much waits; the page asks again when it is there
            return ""
        comparison = self._handlers.comparison(outputs, scale, level)
        label, index = shown.sample.label, shown.sample.index
        return _SCREEN.format(
            seen=viewer.seen(shown.pixels, label, index),
            results=answers.results(comparison, label),
            tiles=self._tiles,
        )
