"""Charts as SVG: drawn on the server, styled by the page, readable by a screen reader.

Coordinates are in units of the data. Colours come from the style sheet, by class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from contract.twins import TWINS

Point = tuple[float, float]
Ticks = Sequence[tuple[float, str]]
Marker = Literal["circle", "square"]
LETTER = 7.6
"""The pixels to allow for a letter of a chart's text: more than the mean of any usual font."""
_LEGEND = 320
"""The pixels that a phone has for a line of the key."""


@dataclass(frozen=True)
class Margins:
    """The pixels around the plot, where its labels stand."""

    left: int = 62
    right: int = 22
    top: int = 12
    bottom: int = 46


SMALL = Margins(left=48, right=8, top=26, bottom=22)
"""The margins of a small multiple: a title above it, and no names at its axes."""


@dataclass
class Chart:
    """A plot of `width` x `height` pixels whose axes cover the ranges `x` and `y`.

    Parts are drawn in the order in which they are added. On the page its text has 13 pixels or more
    as long as the chart is shown at least nine tenths as wide as `width`.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str
    text: str
    """What it shows, in words, for people who cannot see it."""
    width: int = 360
    height: int = 280
    x_ticks: Ticks = ()
    y_ticks: Ticks = ()
    title: str = ""
    """Written above the plot; for small multiples."""
    margins: Margins = field(default_factory=Margins)
    parts: list[str] = field(default_factory=list)

    def at(self, point: Point) -> Point:
        """The pixel of a point. A point outside the axes is moved to their border."""
        (x0, x1), (y0, y1) = self.x, self.y
        m = self.margins
        across = min(max((point[0] - x0) / (x1 - x0), 0), 1)
        up = min(max((point[1] - y0) / (y1 - y0), 0), 1)
        return (
            round(m.left + across * (self.width - m.left - m.right), 1),
            round(self.height - m.bottom - up * (self.height - m.top - m.bottom), 1),
        )

    def line(self, points: Sequence[Point], kind: str, **data: object) -> None:
        """Draw a line through `points`, of the CSS classes `kind`, with `data-` attributes."""
        where = " ".join(f"{x},{y}" for x, y in map(self.at, points))
        marks = "".join(f' data-{name}="{value}"' for name, value in data.items())
        self.parts.append(f'<polyline class="{kind}"{marks} points="{where}"/>')

    def band(self, lower: Sequence[Point], upper: Sequence[Point], kind: str) -> None:
        """Fill the area between two lines whose points have the same x."""
        where = " ".join(f"{x},{y}" for x, y in map(self.at, [*lower, *reversed(upper)]))
        self.parts.append(f'<polygon class="{kind}" points="{where}"/>')

    def dot(
        self,
        point: Point,
        kind: str,
        title: str = "",
        marker: Marker = "circle",
    ) -> None:
        """Draw a point of the CSS classes `kind`; `title` appears where the mouse rests on it."""
        x, y = self.at(point)
        start, end = (
            (f'<rect class="{kind}" x="{x - 4}" y="{y - 4}" width="8" height="8">', "</rect>")
            if marker == "square"
            else (f'<circle class="{kind}" cx="{x}" cy="{y}" r="4.5">', "</circle>")
        )
        said = f"<title>{escape(title)}</title>" if title else ""
        self.parts.append(f"{start}{said}{end}")

    def interval(self, x: float, low: float, high: float, kind: str) -> None:
        """Draw an interval of y values at one x."""
        self.line([(x, low), (x, high)], kind)

    def label(
        self, point: Point, text: str, kind: str = "tw-tick", dx: float = 0, dy: float = 0
    ) -> None:
        """Write `text` `dx` and `dy` pixels away from `point`."""
        x, y = self.at(point)
        where = f'x="{round(x + dx, 1)}" y="{round(y + dy, 1)}"'
        self.parts.append(f'<text class="{kind}" {where}>{escape(text)}</text>')

    def svg(self) -> str:
        """The chart as an SVG element."""
        return (
            f'<svg class="tw-chart" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'style="max-width:{round(1.12 * self.width)}px" '
            f'aria-label="{escape(self.text)}">{self._axes()}{"".join(self.parts)}</svg>'
        )

    def _axes(self) -> str:
        parts = []
        left, bottom = self.at((self.x[0], self.y[0]))
        right, top = self.at((self.x[1], self.y[1]))
        for value, text in self.y_ticks:
            _, y = self.at((self.x[0], value))
            parts.append(f'<path class="tw-grid" d="M{left} {y}H{right}"/>')
            parts.append(
                f'<text class="tw-tick tw-end" x="{left - 6}" y="{y + 5}">{escape(text)}</text>'
            )
        for value, text in self.x_ticks:
            x, _ = self.at((value, self.y[0]))
            parts.append(f'<path class="tw-grid" d="M{x} {bottom}V{top}"/>')
            parts.append(
                f'<text class="tw-tick tw-middle" x="{x}" y="{bottom + 17}">{escape(text)}</text>'
            )
        parts.append(f'<path class="tw-axis" d="M{left} {top}V{bottom}H{right}"/>')
        middle, centre = (left + right) / 2, (top + bottom) / 2
        if self.x_label:
            parts.append(
                f'<text class="tw-tick tw-middle" x="{middle}" y="{self.height - 8}">'
                f"{escape(self.x_label)}</text>"
            )
        if self.y_label:
            parts.append(
                f'<text class="tw-tick tw-middle" transform="translate(13 {centre}) rotate(-90)">'
                f"{escape(self.y_label)}</text>"
            )
        if self.title:
            parts.append(f'<text class="tw-name" x="2" y="16">{escape(self.title)}</text>')
        return "".join(parts)


def percents(step: float = 0.2, most: float = 1.0, least: float = 0.0) -> list[tuple[float, str]]:
    """Ticks from `least` to `most`, as percentages."""
    count = round((most - least) / step)
    return [(least + step * i, f"{100 * (least + step * i):g}%") for i in range(count + 1)]


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round values that cover the range from `low` to `high`, at most `most` of them.

    They are 1, 2 or 5 times a power of ten apart. Raises `ValueError` unless low < high.
    """
    if not low < high:
        raise ValueError(f"the range from {low:g} to {high:g} is empty")
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * size
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= most:
            return [round(step * i, 12) for i in range(first, last + 1)]
    raise AssertionError("unreachable: fifty times the smallest step is always enough")


def legend(*more: tuple[str, str]) -> str:
    """The key to the two models' colours and markers, an SVG of its own.

    `more` are further entries: the CSS classes of a short line, and its name.
    """
    entries = [
        (f"tw-line tw-{name}", twin.legend, f"tw-dot tw-{name}", twin.marker)
        for name, twin in TWINS.items()
    ] + [(kind, name, "", None) for kind, name in more]
    parts, x, y, widest = [], 0.0, 12, 0.0
    for kind, name, dot, marker in entries:
        width = 30 + LETTER * len(name) + 16
        if x and x + width > _LEGEND:
            x, y = 0.0, y + 22
        parts.append(f'<path class="{kind}" d="M{x} {y}h24"/>')
        if marker == "square":
            parts.append(f'<rect class="{dot}" x="{x + 8}" y="{y - 4}" width="8" height="8"/>')
        elif marker:
            parts.append(f'<circle class="{dot}" cx="{x + 12}" cy="{y}" r="4.5"/>')
        parts.append(f'<text class="tw-word" x="{x + 30:g}" y="{y + 5}">{escape(name)}</text>')
        x = round(x + width, 1)
        widest = max(widest, x)
    names = ", ".join(name for _, name, _, _ in entries)
    return (
        f'<svg class="tw-chart tw-legend" viewBox="0 0 {widest} {y + 12}" role="img" '
        f'style="width:{widest}px" aria-label="Key: {escape(names)}">{"".join(parts)}</svg>'
    )
