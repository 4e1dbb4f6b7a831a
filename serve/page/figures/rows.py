"""Charts with a row for each thing that is compared: a point and its interval for each model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contract.artifacts.report import Figure
from contract.twins import TWINS
from serve.page.figures.chart import LETTER, Chart, Margins, steps

_ROW = 30
"""Pixels of height for each row."""


@dataclass(frozen=True)
class Row:
    """One thing, and what was measured of it."""

    label: str
    figures: Mapping[str, Figure | float]
    """By model, with an interval where there is one. `neutral` stands for both models together."""
    target: float | None = None
    """A value to be compared with, drawn as a line across the row."""
    more: str = ""
    """Said where the mouse rests on a point."""


@dataclass(frozen=True)
class Scale:
    """The axis below the rows."""

    label: str
    write: Callable[[float], str]
    """A value as text."""
    least: float | None = None
    most: float | None = None
    """The ends of the axis, where the figures should not decide."""
    digits: Callable[[float], str] = field(default=lambda value: f"{value:.1%}")
    """A value as text where the mouse rests on its point."""


def chart(rows: Sequence[Row], scale: Scale, text: str, width: int = 360, title: str = "") -> Chart:
    """The chart; `text` says what it shows. The first row is at the top."""
    values = [v for row in rows for f in row.figures.values() for v in _ends(f)]
    values += [row.target for row in rows if row.target is not None]
    low = min(values) if scale.least is None else scale.least
    high = max(values) if scale.most is None else scale.most
    longest = max(len(row.label) for row in rows)
    margins = Margins(left=round(LETTER * longest) + 14, right=22, top=30 if title else 8)
    room = width - margins.left - margins.right
    ticks = steps(low, max(high, low + 1e-6), max(3, min(6, room // 60)))
    n = len(rows)
    made = Chart(
        x=(ticks[0] if scale.least is None else low, ticks[-1] if scale.most is None else high),
        y=(0, n),
        x_label=scale.label,
        y_label="",
        text=text,
        width=width,
        height=_ROW * n + margins.top + margins.bottom,
        x_ticks=[(tick, scale.write(tick)) for tick in ticks],
        y_ticks=[(n - place - 0.5, row.label) for place, row in enumerate(rows)],
        margins=margins,
        title=title,
    )
    for place, row in enumerate(rows):
        _draw(made, row, n - place - 0.5, scale)
    return made


def _draw(made: Chart, row: Row, middle: float, scale: Scale) -> None:
    if row.target is not None:
        made.line([(row.target, middle - 0.4), (row.target, middle + 0.4)], "tw-target")
    apart = 0.34 / max(1, len(row.figures) - 1) if len(row.figures) > 1 else 0
    for place, (name, found) in enumerate(row.figures.items()):
        y = middle + (0.17 if apart else 0) - apart * place
        value, *ends = _value(found), *_ends(found)
        said = scale.digits(value)
        if len(ends) > 1:
            made.line([(ends[0], y), (ends[-1], y)], f"tw-interval tw-{name}")
            said += f" (95% interval {scale.digits(ends[0])} to {scale.digits(ends[-1])})"
        twin = TWINS.get(name)
        who = f"{twin.title}, " if twin else ""
        more = f"; {row.more}" if row.more else ""
        marker = twin.marker if twin else "circle"
        made.dot((value, y), f"tw-dot tw-{name}", f"{who}{row.label}: {said}{more}", marker)


def _value(found: Figure | float) -> float:
    return found.value if isinstance(found, Figure) else found


def _ends(found: Figure | float) -> tuple[float, ...]:
    return (found.low, found.high) if isinstance(found, Figure) else (found,)
