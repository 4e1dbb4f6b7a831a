"""The tab Batch: many pictures at once, both models' answers as a table, and the same as CSV."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder

from contract.errors import UserError
from contract.pictures import decoder
from contract.twins import TWINS
from serve import decoding
from serve.inference.compare import Comparer, Comparison
from serve.page.batch import measured, table
from serve.page.batch.rows import Row, as_csv
from serve.page.parts.photo import Photos, Upload
from serve.page.parts.sentence import counted, whole
from serve.page.tab import Built, Context, Tab
from serve.page.tabs import compare
from serve.page.upload_route import NO_ROOM

MOST = 200
"""The largest number of pictures at a time."""
_AT_ONCE = 16
"""Pictures that the models see together, between two moves of the progress bar."""
_HINT = (
    '<p class="tw-sentence" data-most-pictures="{most}">Drop up to {most} pictures, or '
    '<label class="tw-folder">choose a folder<input type="file" id="tw-folder" webkitdirectory '
    "multiple></label>. Where a folder or a file is named after one of the ten classes, such as "
    "<code>cats/1.jpg</code> or <code>dog-3.png</code>, the accuracy is measured too. Pictures are "
    "not kept.</p>"
)


def build(context: Context) -> Built:
    """The components of the tab."""
    comparer = context.comparer
    picture = context.offered(compare.ComparedPicture)

    def run(
        files: list[Upload],
        scale: dict[str, float],
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio is asked for one
    ) -> Iterator[Any]:
        left_out = max(0, len(files) - MOST)
        files = files[:MOST]
        rows: list[Row] = []
        for start in progress.tqdm(range(0, len(files), _AT_ONCE), desc="pictures", unit="batches"):
            rows += _rows(comparer, files[start : start + _AT_ONCE], scale)
            # Gradio ends the event here if its visitor has gone. The other answers go unread.
            yield gr.skip(), gr.skip(), gr.skip()
        csv = _file(rows, context.manifest.model_hashes) if rows else None
        yield (
            table.html(rows),
            gr.DownloadButton(value=csv, interactive=bool(rows)),
            _summary(rows, left_out, scale),
        )

    gr.HTML(_HINT.format(most=MOST))
    files = Photos(
        label=f"Pictures: {decoder.READABLE}",
        file_count="multiple",
        height=180,
        elem_id="batch-files",
    )
    summary = gr.HTML("", elem_id="batch-summary")
    download = gr.DownloadButton(
        "Download everything as CSV", interactive=False, size="sm", elem_id="batch-csv"
    )
    shown = gr.HTML("", elem_id="batch-table")
    inputs: list[Any] = [files, picture.scale]
    files.change(run, inputs, [shown, download, summary], api_visibility="private")
    return Built()


TAB = Tab("batch", "Batch", build)


def _rows(comparer: Comparer, files: list[Upload], scale: dict[str, float]) -> list[Row]:
    pictures = [file.decoded() for file in files]
    pixels = decoding.readable(pictures)
    seen = iter(pixels)
    comparisons = comparer.judge(compare.infer(comparer, pixels), scale) if len(pixels) else []
    answers = decoding.with_errors(pictures, comparisons)
    return [
        Row(file.name, None, None, (whole(answer.message),))
        if isinstance(answer, UserError)
        else Row(file.name, next(seen), answer, decoding.notes_of(picture))
        for file, picture, answer in zip(files, pictures, answers, strict=True)
    ]


def _summary(rows: list[Row], left_out: int, scale: Mapping[str, float]) -> str:
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
    if any(temperature != 1 for temperature in scale.values()):
        chosen = ", ".join(f"{TWINS[name].title} T = {t:.2f}" for name, t in scale.items())
        text += f" Temperatures from the Compare tab: {chosen}."
    return f'<p class="tw-sentence" aria-live="polite">{text}</p>{measured.html(rows)}'


def _mean_confidence(comparisons: list[Comparison], name: str) -> float:
    return float(np.mean([comparison.models[name].confidence for comparison in comparisons]))


def _file(rows: list[Row], hashes: Mapping[str, str]) -> str:
    """The path of the rows as CSV, in the folder of uploads, where it is deleted like them."""
    try:
        path = Path(tempfile.mkdtemp(dir=get_upload_folder())) / "twinlabel.csv"
        path.write_text(as_csv(rows, hashes), encoding="utf-8-sig", newline="")
    except OSError:
        raise gr.Error(NO_ROOM, title="No room", print_exception=False) from None
    return str(path)
