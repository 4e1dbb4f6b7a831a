"""Line charts as SVG: drawn on the server, styled by the page, readable by a screen reader.

Coordinates are the data's own; colours come from `style.css`, by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

LEFT, RIGHT, TOP, BOTTOM = 60, 26, 14, 42
"""Pixels around the plot, for its labels."""
Point = tuple[float, float]


@dataclass
class Chart:
    """A plot of `width` x `height` pixels, with axes from `x` and `y`; parts are drawn in order."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str
    text: str
    """What it shows, in words: its alternative for who cannot see it."""
    width: int = 460
    height: int = 300
    x_ticks: Sequence[tuple[float, str]] = ()
    y_ticks: Sequence[tuple[float, str]] = ()
    parts: list[str] = field(default_factory=list)

    def at(self, point: Point) -> Point:
        """The pixel of a point; what lies outside is put on the border."""
        (x0, x1), (y0, y1) = self.x, self.y
        across = min(max((point[0] - x0) / (x1 - x0), 0), 1)
        up = min(max((point[1] - y0) / (y1 - y0), 0), 1)
        return (
            round(LEFT + across * (self.width - LEFT - RIGHT), 1),
            round(self.height - BOTTOM - up * (self.height - TOP - BOTTOM), 1),
        )

    def line(self, points: Sequence[Point], kind: str) -> None:
        where = " ".join(f"{x},{y}" for x, y in map(self.at, points))
        self.parts.append(f'<polyline class="{kind}" points="{where}"/>')

    def area(self, points: Sequence[Point], kind: str) -> None:
        where = " ".join(f"{x},{y}" for x, y in map(self.at, points))
        self.parts.append(f'<polygon class="{kind}" points="{where}"/>')

    def dot(self, point: Point, kind: str, title: str = "", square: bool = False) -> None:
        x, y = self.at(point)
        shape = (
            f'<rect class="{kind}" x="{x - 4}" y="{y - 4}" width="8" height="8">'
            if square
            else f'<circle class="{kind}" cx="{x}" cy="{y}" r="4.5">'
        )
        end = "</rect>" if square else "</circle>"
        self.parts.append(f"{shape}<title>{escape(title)}</title>{end}" if title else shape + end)

    def interval(self, x: float, low: float, high: float, kind: str) -> None:
        self.line([(x, low), (x, high)], kind)

    def label(
        self, point: Point, text: str, kind: str = "tw-tick", dx: int = 0, dy: int = 0
    ) -> None:
        x, y = self.at(point)
        self.parts.append(f'<text class="{kind}" x="{x + dx}" y="{y + dy}">{escape(text)}</text>')

    def svg(self) -> str:
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


LEGEND = (
    '<p class="tw-legend"><span class="tw-hard"><i class="tw-swatch"></i>hard labels</span>'
    '<span class="tw-smoothed"><i class="tw-swatch"></i>label smoothing</span></p>'
)
