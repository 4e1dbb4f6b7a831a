"""A confusion matrix as SVG, whose cells may be links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_CELL, _LEFT, _TOP = 32, 92, 96
_DARKEST = 0.5
"""The opacity of the most frequent mistake, through which its number can still be read."""


@dataclass(frozen=True)
class Link:
    """What a cell leads to, and what it says of itself."""

    href: str
    text: str


def svg(
    counts: Sequence[Sequence[int]],
    names: Sequence[str],
    kind: str,
    text: str,
    cell: Callable[[int, int], Link],
) -> str:
    """The matrix of `counts` by true class (rows) and by answer (columns), in the colour of `kind`.

    `text` says what it shows. `cell` gives what the cell of a row and a column leads to; without an
    address it is no link, and its text is shown where the mouse rests on it.
    """
    n = len(names)
    most = max(counts[i][k] for i in range(n) for k in range(n) if i != k)
    parts = [
        f'<text class="tw-tick tw-middle" x="{_LEFT + n * _CELL / 2}" y="16">answer</text>',
        f'<text class="tw-tick tw-end" x="{_LEFT - 6}" y="{_TOP - 8}">true class</text>',
    ]
    for place, name in enumerate(names):
        middle = place * _CELL + _CELL / 2
        parts.append(
            f'<text class="tw-tick tw-end" x="{_LEFT - 6}" y="{_TOP + middle + 5}">{name}</text>'
            f'<text class="tw-tick" transform="translate({_LEFT + middle + 5} {_TOP - 8}) '
            f'rotate(-90)">{name}</text>'
        )
    # The Tab key stops at the first link; `static/matrix.js` gives the arrow keys the others.
    stop = 0
    for row in range(n):
        for column in range(n):
            link = cell(row, column)
            parts.append(_cell(row, column, counts[row][column], most, link, stop))
            stop = -1 if link.href else stop
    return (
        f'<svg class="tw-chart tw-matrix tw-{kind}" viewBox="0 0 {_LEFT + n * _CELL + 2} '
        f'{_TOP + n * _CELL + 2}" role="group" aria-label="{escape(text)}">{"".join(parts)}</svg>'
    )


def _cell(row: int, column: int, count: int, most: int, link: Link, stop: int) -> str:
    x, y = _LEFT + column * _CELL, _TOP + row * _CELL
    right = row == column
    strength = 0.0 if right or not most else _DARKEST * (count / most) ** 0.5
    shape = (
        f'<rect class="{"tw-diagonal" if right else "tw-mistake"}" x="{x}" y="{y}" '
        f'width="{_CELL - 1}" height="{_CELL - 1}" fill-opacity="{1 if right else strength:.3f}"/>'
    )
    number = (
        f'<text class="tw-word tw-middle" x="{x + _CELL / 2 - 0.5}" y="{y + 21}">{count:,}</text>'
        if count
        else ""
    )
    inner = f"<title>{escape(link.text)}</title>{shape}{number}"
    if not link.href:
        return f"<g>{inner}</g>"
    return (
        f'<a href="{escape(link.href)}" data-row="{row}" data-column="{column}" tabindex="{stop}" '
        f'aria-label="{escape(link.text)}">{inner}</a>'
    )
