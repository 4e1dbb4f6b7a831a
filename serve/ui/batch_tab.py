"""The tab Batch: many pictures at once, a table of both twins' answers, and the same as CSV."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import threading
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from contract.manifest import NAMES
from serve import picture
from serve.compare import Comparer, Comparison
from serve.errors import ServeError
from serve.ui import compare_tab, render
from serve.ui.photo import Photos, Upload

MOST = 200
"""Pictures at a time."""
_AT_ONCE = 16
_SECONDS_KEPT = 60
_COLUMNS: tuple[tuple[str, Literal["html", "str", "number"], str], ...] = (
    ("picture", "html", "80px"),
    ("name", "str", "190px"),
    ("hard", "str", "115px"),
    ("hard, %", "number", "90px"),
    ("smoothed", "str", "115px"),
    ("smoothed, %", "number", "125px"),
    ("difference, pp", "number", "135px"),
    ("agree", "str", "75px"),
    ("note", "str", "200px"),
)
"""Head, type and width."""
HEADERS = [head for head, _, _ in _COLUMNS]
# A spreadsheet runs a cell that begins so as a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_HINT = (
    '<p class="tw-sentence">Drop up to {most} pictures. Click on a column\'s head to sort, search '
    "to filter, and take all of it with you as CSV. Pictures are not kept.</p>"
)
Cell = str | float


@dataclass(frozen=True)
class Row:
    """One picture: what both twins said, or why it could not be read."""

    name: str
    pixels: NDArray[np.uint8] | None
    comparison: Comparison | None
    error: str = ""

    def cells(self) -> list[Cell]:
        """As `HEADERS`, without the picture."""
        if self.comparison is None:
            return [self.name, "", "", "", "", "", "", self.error]
        models = self.comparison.models
        answers: list[Cell] = []
        for name in NAMES:
            answers += [models[name].label, round(100 * models[name].confidence, 2)]
        return [
            self.name,
            *answers,
            round(self.comparison.difference_pp, 2),
            "yes" if self.comparison.agree else "no",
            "",
        ]


def build(comparer: Comparer) -> None:
    """Inside of the tab."""

    def run(
        files: list[Upload],
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio is asked for one
    ) -> tuple[gr.Dataframe, gr.DownloadButton, str]:
        if len(files) > MOST:
            raise gr.Error(
                f"{len(files)} pictures are too many; at most {MOST} go at a time",
                print_exception=False,
            )
        rows: list[Row] = []
        for start in progress.tqdm(range(0, len(files), _AT_ONCE), desc="pictures", unit="batches"):
            rows += _rows(comparer, files[start : start + _AT_ONCE])
        return (
            gr.Dataframe([[_thumbnail(row), *row.cells()] for row in rows], visible=bool(rows)),
            gr.DownloadButton(value=_file(rows) if rows else None, interactive=bool(rows)),
            _summary(rows),
        )

    gr.HTML(_HINT.format(most=MOST))
    files = Photos(
        label=f"Pictures: {picture.READABLE}",
        file_count="multiple",
        height=180,
        elem_id="batch-files",
    )
    summary = gr.HTML("", elem_id="batch-summary")
    table = gr.Dataframe(
        headers=HEADERS,
        datatype=[kind for _, kind, _ in _COLUMNS],
        column_widths=[width for _, _, width in _COLUMNS],
        visible=False,
        interactive=False,
        show_search="filter",
        wrap=True,
        max_height=520,
        elem_id="batch-table",
        label="Both models' answers",
    )
    download = gr.DownloadButton(
        "Download as CSV", interactive=False, size="sm", elem_id="batch-csv"
    )
    files.change(run, files, [table, download, summary], api_visibility="private")


def _rows(comparer: Comparer, files: list[Upload]) -> list[Row]:
    read = [(file.name, file.decoded()) for file in files]
    good = [pixels for _, pixels in read if not isinstance(pixels, ServeError)]
    compared = iter(comparer.judge(compare_tab.run(comparer, np.stack(good)), {}) if good else ())
    return [
        Row(name, None, None, pixels.message)
        if isinstance(pixels, ServeError)
        else Row(name, pixels, next(compared))
        for name, pixels in read
    ]


def _thumbnail(row: Row) -> str:
    if row.pixels is None:
        return '<span class="tw-quiet">–</span>'
    return f'<img class="tw-thumb" src="{render.data_uri(row.pixels)}" alt="{escape(row.name)}">'


def _summary(rows: list[Row]) -> str:
    if not rows:
        return ""
    good = [row.comparison for row in rows if row.comparison is not None]
    text = f"{len(good)} of {len(rows)} pictures could be read."
    if good:
        agree = sum(comparison.agree for comparison in good)
        means = {n: np.mean([c.models[n].confidence for c in good]) for n in NAMES}
        text += (
            f" The models agree on {agree}; on average the hard-label model is "
            f"{100 * means['hard']:.2f}% sure, the smoothed one {100 * means['smoothed']:.2f}%."
        )
    return f'<p class="tw-sentence" aria-live="polite">{text}</p>'


def as_csv(rows: list[Row]) -> str:
    """All rows; a cell that a spreadsheet would run is quoted by an apostrophe."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(HEADERS[1:])
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row.cells()])
    return made.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell


def _file(rows: list[Row]) -> str:
    """In a folder of its own, for a minute: Gradio copies it at once to where it is served from."""
    path = Path(tempfile.mkdtemp(prefix="twinlabel-")) / "twinlabel.csv"
    path.write_text(as_csv(rows), encoding="utf-8-sig", newline="")
    # A daemon: the process does not wait for it to end, and leaves its last minute's files behind.
    later = threading.Timer(_SECONDS_KEPT, shutil.rmtree, (path.parent, True))
    later.daemon = True
    later.start()
    return str(path)
