"""The tab Batch: many pictures at once, both models' answers as a table, and the same as CSV."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from contract.errors import UserError
from contract.pictures import decoder
from contract.twins import TWINS
from serve import decoding
from serve.inference.compare import Comparer, Comparison
from serve.page.parts import render
from serve.page.parts.photo import Photos, Upload
from serve.page.parts.sentence import counted, whole
from serve.page.tab import Built, Context, Tab
from serve.page.tabs import compare
from serve.page.upload_route import NO_ROOM

MOST = 200
"""The largest number of pictures at a time."""
_AT_ONCE = 16
"""Pictures that the models see together, between two moves of the progress bar."""
_COLUMNS: list[tuple[str, Literal["html", "str", "number"], str]] = [
    ("picture", "html", "76px"),
    ("name", "str", "180px"),
]
"""Heading, type and width. A wide window has room for 1134 pixels."""
for _name in TWINS:
    _COLUMNS += [(_name, "str", "105px"), (f"{_name}, %", "number", "125px")]
_COLUMNS += [
    ("difference, pp", "number", "135px"),
    ("agree", "str", "75px"),
    ("note", "str", "200px"),
]
HEADERS = [heading for heading, _, _ in _COLUMNS]
# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_HINT = (
    '<p class="tw-sentence" data-most-pictures="{most}">Drop up to {most} pictures. '
    "Click a column heading to sort, or type in the search box to filter. Download everything as "
    "CSV. Pictures are not kept.</p>"
)
_UNLIKE = "The picture is unlike the training data, so the confidences mean little."
Cell = str | float


@dataclass(frozen=True)
class Row:
    """One picture: both models' answers, or why it could not be read."""

    name: str
    pixels: NDArray[np.uint8] | None
    comparison: Comparison | None
    note: str = ""
    """What is wrong with the file, or what to know about its picture."""

    def cells(self) -> list[Cell]:
        """The cells under `HEADERS`, without the picture itself."""
        if self.comparison is None:
            return [self.name, *[""] * (len(HEADERS) - 3), self.note]
        models = self.comparison.models
        answers: list[Cell] = []
        for name in TWINS:
            answers += [models[name].label, round(100 * models[name].confidence, 2)]
        return [
            self.name,
            *answers,
            round(self.comparison.difference_pp, 2),
            "yes" if self.comparison.agree else "no",
            self.note,
        ]


def build(context: Context) -> Built:
    """The components of the tab."""
    comparer = context.comparer

    def run(
        files: list[Upload],
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio is asked for one
    ) -> Iterator[Any]:
        left_out = max(0, len(files) - MOST)
        files = files[:MOST]
        rows: list[Row] = []
        for start in progress.tqdm(range(0, len(files), _AT_ONCE), desc="pictures", unit="batches"):
            rows += _rows(comparer, files[start : start + _AT_ONCE])
            # Gradio ends the event here if its visitor has gone. The other answers go unread.
            yield gr.skip(), gr.skip(), gr.skip()
        yield (
            gr.Dataframe([[_thumbnail(row), *row.cells()] for row in rows], visible=bool(rows)),
            gr.DownloadButton(value=_file(rows) if rows else None, interactive=bool(rows)),
            _summary(rows, left_out),
        )

    gr.HTML(_HINT.format(most=MOST))
    files = Photos(
        label=f"Pictures: {decoder.READABLE}",
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
    return Built()


TAB = Tab("batch", "Batch", build)


def _rows(comparer: Comparer, files: list[Upload]) -> list[Row]:
    pictures = [file.decoded() for file in files]
    pixels = decoding.readable(pictures)
    seen = iter(pixels)
    comparisons = comparer.judge(compare.infer(comparer, pixels), {}) if len(pixels) else []
    answers = decoding.with_errors(pictures, comparisons)
    return [
        Row(file.name, None, None, whole(answer.message))
        if isinstance(answer, UserError)
        else Row(file.name, next(seen), answer, _note(answer, decoding.notes_of(picture)))
        for file, picture, answer in zip(files, pictures, answers, strict=True)
    ]


def _note(comparison: Comparison, notes: tuple[str, ...]) -> str:
    return " ".join([*notes, *[_UNLIKE] * bool(comparison.unusual)])


def _thumbnail(row: Row) -> str:
    if row.pixels is None:
        return '<span class="tw-quiet">–</span>'
    return f'<img class="tw-thumb" src="{render.data_uri(row.pixels)}" alt="{escape(row.name)}">'


def _summary(rows: list[Row], left_out: int) -> str:
    if not rows:
        return ""
    good = [row.comparison for row in rows if row.comparison is not None]
    text = ""
    if left_out:
        text = (
            f"These are {len(rows) + left_out} pictures. Only the first {len(rows)} were compared; "
            "send the others in another batch. "
        )
    text += f"{len(good)} of {counted(len(rows), 'picture')} could be read."
    if good:
        agree = sum(comparison.agree for comparison in good)
        confidences = " and ".join(
            f"{twin.subject} is {_mean_confidence(good, name):.2%} sure"
            for name, twin in TWINS.items()
        )
        text += f" The models agree on {agree} of them. On average, {confidences}."
    return f'<p class="tw-sentence" aria-live="polite">{text}</p>'


def _mean_confidence(comparisons: list[Comparison], name: str) -> float:
    return float(np.mean([comparison.models[name].confidence for comparison in comparisons]))


def as_csv(rows: list[Row]) -> str:
    """All rows. A cell that a spreadsheet would run as a formula begins with an apostrophe."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(HEADERS[1:])
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row.cells()])
    return made.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell


def _file(rows: list[Row]) -> str:
    """The path of the rows as CSV, in the folder of uploads, where it is deleted like them."""
    try:
        path = Path(tempfile.mkdtemp(dir=get_upload_folder())) / "twinlabel.csv"
        path.write_text(as_csv(rows), encoding="utf-8-sig", newline="")
    except OSError:
        raise gr.Error(NO_ROOM, title="No room", print_exception=False) from None
    return str(path)
