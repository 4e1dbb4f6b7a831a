"""The rows of a batch as a table to sort and to search; `static/batch.js` does both.

Gradio's own table has a fixed width for each column, and on a phone shows names and no percentages.
"""

from __future__ import annotations

from html import escape

from contract.cifar10 import CLASSES
from contract.twins import TWINS
from serve.inference.compare import Comparison
from serve.page.batch.rows import Row
from serve.page.parts import render
from serve.page.parts.sentence import percent


def html(rows: list[Row]) -> str:
    """The table; empty without rows."""
    if not rows:
        return ""
    truth = any(row.true is not None for row in rows)
    columns = ["name", *["true class"] * truth, *(t.title for t in TWINS.values())]
    heads = "".join(_head(name) for name in [*columns, "difference", "note"])
    body = "".join(_row(row, truth) for row in rows)
    return (
        '<label class="tw-search">Search <input type="search" id="tw-batch-search" '
        'placeholder="a name, a class, a note"></label>'
        '<table class="tw-batch"><thead><tr><th scope="col">picture</th>'
        f"{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _head(name: str) -> str:
    return f'<th scope="col" aria-sort="none"><button type="button" data-sort>{name}</button></th>'


def _row(row: Row, truth: bool) -> str:
    true = "" if row.true is None else CLASSES[row.true]
    cells = [f'<td data-value="{escape(row.name)}" class="tw-file">{escape(row.name)}</td>']
    if truth:
        cells.append(f'<td data-value="{true}" class="tw-truth">{true or "–"}</td>')
    cells += [_answer(row.comparison, name, true) for name in TWINS]
    if row.comparison is None:
        cells.append('<td data-value=""></td>')
    else:
        gap = row.comparison.difference_pp
        cells.append(f'<td data-value="{gap:.6f}" class="tw-number tw-gap">{gap:+.2f} pp</td>')
    remarks = escape(row.remarks)
    cells.append(f'<td data-value="{remarks}" class="tw-remark">{remarks}</td>')
    return f"<tr><td>{_picture(row)}</td>{''.join(cells)}</tr>"


def _picture(row: Row) -> str:
    if row.pixels is None:
        return '<span class="tw-quiet">–</span>'
    return (
        f'<button type="button" class="tw-open" aria-label="Open {escape(row.name)} in Compare">'
        f'<img class="tw-thumb" src="{render.data_uri(row.pixels)}" alt=""></button>'
    )


def _answer(comparison: Comparison | None, name: str, true: str) -> str:
    if comparison is None:
        return '<td data-value=""></td>'
    verdict = comparison.models[name]
    judged = ""
    if true:
        judged = (
            '<span class="tw-right">right</span>'
            if verdict.label == true
            else '<span class="tw-wrong">wrong</span>'
        )
    return (
        f'<td data-value="{verdict.confidence:.9f}" class="tw-{name}"><i class="tw-swatch"></i> '
        f'{verdict.label} <span class="tw-number">{percent(verdict.confidence)}</span> '
        f"{judged}</td>"
    )
