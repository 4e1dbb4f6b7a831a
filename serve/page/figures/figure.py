"""A figure of the page: its drawing, its words, its numbers, and the buttons to take it along.

The buttons work by `static/take.js`, from what the figure itself holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from contract.artifacts.manifest import Manifest
from serve.page.figures import citation

Cell = str | float
_BUTTONS = {
    "link": ("Link", "Copy a link to this figure"),
    "png": ("PNG", "Download this figure as PNG"),
    "svg": ("SVG", "Download this figure as SVG"),
    "csv": ("CSV", "Download the numbers of this figure as CSV"),
    "cite": ("Cite", "Copy a BibTeX entry for this figure"),
}


@dataclass(frozen=True)
class Figure:
    """A figure as HTML, with the numbers that it shows."""

    name: str
    """In the address, after `#`, and in the names of files; unique on the page."""
    title: str
    drawing: str
    """One or more SVG elements, and HTML to arrange them. What is no SVG stays on the page."""
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    """The numbers, a column for each name in `header`."""
    caption: str = ""
    """HTML that says how to read it; stands below the drawing."""


def html(figure: Figure, manifest: Manifest) -> str:
    """The figure with its buttons. `manifest` is that of the pair that it shows."""
    title = escape(figure.title)
    caption = f"<figcaption>{figure.caption}</figcaption>" if figure.caption else ""
    drawn = "<svg" in figure.drawing
    return (
        f'<figure class="tw-figure" id="{figure.name}" data-title="{title}" '
        f'data-csv="{escape(as_csv(figure.header, figure.rows))}" '
        f'data-source="{escape(citation.source(manifest))}" '
        f'data-cite="{escape(citation.bibtex(manifest, figure.title))}"><h3>{title}</h3>'
        f'<div class="tw-drawing">{figure.drawing}</div>{caption}'
        f"{_buttons(figure.title, drawn)}</figure>"
    )


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table as CSV, with numbers to six significant digits."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row])
    return made.getvalue()


def _buttons(title: str, drawn: bool) -> str:
    """What a table has too, and two pictures of what is `drawn`."""
    buttons = "".join(
        f'<button type="button" data-take="{what}" title="{says}">{name}</button>'
        for what, (name, says) in _BUTTONS.items()
        if drawn or what not in {"png", "svg"}
    )
    return (
        f'<div class="tw-take" role="group" aria-label="Take along: {escape(title)}">{buttons}'
        '<span role="status"></span></div>'
    )
