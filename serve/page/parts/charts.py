"""Line charts as SVG: drawn on the server, styled by the page, readable by a screen reader.

Coordinates are in units of the data. Colours come from the style sheet, by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from contract.twins import TWINS

LEFT, RIGHT, TOP, BOTTOM = 60, 26, 14, 42
"""Pixels around the plot, where its labels stand."""
Point = tuple[float, float]


@dataclass
class Chart:
    """A plot of `width` x `height` pixels whose axes cover the ranges `x` and `y`.

    Parts are drawn in the order in which they are added.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str
    text: str
    """What it shows, in words, for people who cannot see it."""
    width: int = 460
    height: int = 300
    x_ticks: Sequence[tuple[float, str]] = ()
    y_ticks: Sequence[tuple[float, str]] = ()
    parts: list[str] = field(default_factory=list)

    def at(self, point: Point) -> Point:
        """The pixel of a point. A point outside the axes is moved to their border."""
        (x0, x1), (y0, y1) = self.x, self.y
        across = min(max((point[0] - x0) / (x1 - x0), 0), 1)
        up = min(max((point[1] - y0) / (y1 - y0), 0), 1)
        return (
            round(LEFT + across * (self.width - LEFT - RIGHT), 1),
            round(self.height - BOTTOM - up * (self.height - TOP - BOTTOM), 1),
        )

    def line(self, points: Sequence[Point], kind: str) -> None:
        """Draw a line through `points`, of the CSS classes `kind`."""
        where = " ".join(f"{x},{y}" for x, y in map(self.at, points))
        self.parts.append(f'<polyline class="{kind}" points="{where}"/>')

    def dot(
        self,
        point: Point,
        kind: str,
        title: str = "",
        marker: Literal["circle", "square"] = "circle",
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
        self, point: Point, text: str, kind: str = "tw-tick", dx: int = 0, dy: int = 0
    ) -> None:
        """Write `text` `dx` and `dy` pixels away from `point`."""
        x, y = self.at(point)
        self.parts.append(f'<text class="{kind}" x="{x + dx}" y="{y + dy}">{escape(text)}</text>')

    def svg(self) -> str:
        """The chart as an SVG element."""
        return (
            f'<svg class="tw-chart" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'style="max-width:{1.25 * self.width:g}px;--tw-wide:{self.width / Chart.width:.3f}" '
            f'aria-label="{escape(self.text)}">{self._axes()}{"".join(self.parts)}</svg>'
        )

    def _axes(self) -> str:
        parts = []
        left, bottom = self.at((self.x[0], self.y[0]))
        right, top = self.at((self.x[1], self.y[1]))
        for value, text in self.y_ticks:
            _, y = self.at((self.x[0], value))
            parts.append(f'<path class="tw-grid" d="M{left} {y}H{right}"/>')
            parts.append(f'<text class="tw-tick tw-end" x="{left - 6}" y="{y + 4}">{text}</text>')
        for value, text in self.x_ticks:
            x, _ = self.at((value, self.y[0]))
            parts.append(f'<path class="tw-grid" d="M{x} {bottom}V{top}"/>')
            parts.append(f'<text class="tw-tick tw-middle" x="{x}" y="{bottom + 15}">{text}</text>')
        parts.append(f'<path class="tw-axis" d="M{left} {top}V{bottom}H{right}"/>')
        middle, centre = (left + right) / 2, (top + bottom) / 2
        parts.append(
            f'<text class="tw-tick tw-middle" x="{middle}" y="{self.height - 6}">'
            f"{escape(self.x_label)}</text>"
            f'<text class="tw-tick tw-middle" transform="translate(12 {centre}) rotate(-90)">'
            f"{escape(self.y_label)}</text>"
        )
        return "".join(parts)


def percents(step: float = 0.2, most: float = 1.0) -> list[tuple[float, str]]:
    """Ticks from 0 to `most`, as percentages."""
    count = round(most / step)
    return [(step * i, f"{100 * step * i:g}%") for i in range(count + 1)]


def legend() -> str:
    """The key to the two models' colours."""
    entries = "".join(
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{twin.legend}</span>'
        for name, twin in TWINS.items()
    )
    return f'<p class="tw-legend">{entries}</p>'
