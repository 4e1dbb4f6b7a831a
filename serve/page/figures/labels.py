"""Places the labels of points so that no two collide, and none covers a point.

A label for which there is no room is left out: what it says is also in the point's title and in the
figure's table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from serve.page.figures.chart import LETTER, Chart, Point

# A text's height above its baseline and below it, and the reach of a point, with a little air.
_ABOVE, _BELOW, _DOT = 12.0, 4.0, 6.0


@dataclass(frozen=True)
class Wanted:
    """A label that is to stand beside a point, both in units of the data."""

    point: Point
    text: str
    kind: str = "tw-count"


@dataclass(frozen=True)
class _Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, other: _Box) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


def place(chart: Chart, wanted: Sequence[Wanted], points: Iterable[Point]) -> None:
    """Write each of the labels that has room beside its point; those first in `wanted` go first.

    `points` are all points of the chart, which no label may cover.
    """
    taken = [_around(chart.at(point)) for point in points]
    m = chart.margins
    room = _Box(m.left + 2, 0, chart.width - 2, chart.height - m.bottom - 2)
    for label in wanted:
        at = chart.at(label.point)
        width = LETTER * len(label.text)
        for dx, dy in _places(width):
            left, base = at[0] + dx, at[1] + dy
            box = _Box(left - 1, base - _ABOVE, left + width + 1, base + _BELOW)
            if box.inside(room) and not any(box.meets(other) for other in taken):
                chart.label(label.point, label.text, label.kind, dx, dy)
                taken.append(box)
                break


def _around(at: Point) -> _Box:
    x, y = at
    return _Box(x - _DOT, y - _DOT, x + _DOT, y + _DOT)


def _places(width: float) -> Iterator[tuple[float, float]]:
    """Where a label of this width may begin, as distances from its point, the best place first."""
    for near in (8.0, 16.0, 26.0):
        yield near, near + 8
        yield -near - width, -near
        yield near, -near
        yield -near - width, 4
        yield -near - width, near + 8
    yield -width / 2, -14.0
    yield -width / 2, 24.0
