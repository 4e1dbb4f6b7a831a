"""A model's reliability diagram at a temperature, with the figures that belong to it."""

from __future__ import annotations

from contract import calibration as c
from contract.artifacts.manifest import Manifest
from contract.calibration.intervals import wilson
from contract.twins import TWINS
from serve.page.figures import figure, labels
from serve.page.figures.chart import Chart, Point, percents
from serve.page.figures.figure import Figure
from serve.page.figures.labels import Wanted
from serve.page.parts.reliability import Error, State
from serve.page.parts.sentence import counted

FEW = 10
"""A bin of fewer pictures is drawn pale: its accuracy is mostly chance."""
_WITHIN = 1.959963984540054
"""The standard deviations around the mean within which 95% of a normal distribution lies."""
_CAPTION = (
    "Numbers: pictures in a bin of {pictures:,}. Vertical bars: 95% intervals. Grey: where 95% of "
    "the points of a perfectly calibrated model with these confidences would lie. Pale points: "
    "fewer than {few} pictures."
)


def html(name: str, now: State, raw: State, pictures: int, manifest: Manifest) -> str:
    """The diagram of the model `name`, and its figures now and at T = 1, `raw`."""
    chart = _chart(name, now, raw)
    table = now.table
    intervals = [
        wilson(int(right), int(n)) for right, n in zip(now.right, table.count, strict=True)
    ]
    drawn = Figure(
        name=f"reliability-{name}",
        title=f"{TWINS[name].title} at T = {now.temperature:.2f}: {now.verdict}",
        drawing=chart.svg(),
        header=(
            "model",
            "temperature",
            "pictures",
            "mean confidence",
            "accuracy",
            "accuracy, low",
            "accuracy, high",
            "standard deviation of a perfect model",
        ),
        rows=[
            [name, now.temperature, int(n), float(x), float(y), i.low, i.high, float(chance)]
            for n, x, y, i, chance in zip(
                table.count, table.confidence, table.accuracy, intervals, now.chance, strict=True
            )
        ],
        caption=_CAPTION.format(pictures=pictures, few=FEW),
    )
    return (
        f'<section class="tw-reliability tw-{name}">{figure.html(drawn, manifest)}'
        f"{_figures(now, raw)}</section>"
    )


def _chart(name: str, now: State, raw: State) -> Chart:
    chart = Chart(
        x=(0, 1),
        y=(0, 1),
        x_label="confidence",
        y_label="accuracy",
        text=f"Reliability diagram of {TWINS[name].subject} at T = {now.temperature:.2f}: "
        f"ECE {now.ece.value:.2%}, {now.verdict}.",
        x_ticks=percents(),
        y_ticks=percents(),
    )
    chart.band(*_perfect(now), "tw-band")
    chart.line([(0, 0), (1, 1)], "tw-ideal")
    if now.temperature != 1:
        chart.line(_line(raw.table), f"tw-line tw-ghost tw-{name}")
    chart.line(_line(now.table), f"tw-line tw-{name}")
    table = now.table
    points: list[Point] = []
    for n, right, x, y in zip(
        table.count, now.right, table.confidence, table.accuracy, strict=True
    ):
        kind = f"tw-{name} tw-few" if n < FEW else f"tw-{name}"
        interval = wilson(int(right), int(n))
        chart.interval(float(x), interval.low, interval.high, f"tw-interval {kind}")
        title = f"{counted(int(n), 'picture')}: mean confidence {x:.1%}, accuracy {y:.1%}"
        chart.dot((float(x), float(y)), f"tw-dot {kind}", title, TWINS[name].marker)
        points.append((float(x), float(y)))
    # The bins that hold the most are named first: they decide the ECE.
    counts = sorted(zip(table.count.tolist(), points, strict=True), reverse=True)
    labels.place(chart, [Wanted(point, f"{n:,}") for n, point in counts], points)
    return chart


def _perfect(now: State) -> tuple[list[Point], list[Point]]:
    """The lower and upper edge of where a perfectly calibrated model's points would lie."""
    enough = now.table.count >= FEW
    edges: list[list[Point]] = []
    for side in (-_WITHIN, _WITHIN):
        at = now.table.confidence[enough]
        values = (at + side * now.chance[enough]).clip(0, 1)
        edges.append([(float(x), float(y)) for x, y in zip(at, values, strict=True)])
    return edges[0], edges[1]


def _line(table: c.Table) -> list[Point]:
    """The points of the bins that hold enough pictures to say something."""
    enough = table.count >= FEW
    points = zip(table.confidence[enough], table.accuracy[enough], strict=True)
    return [(float(x), float(y)) for x, y in points]


def _figures(now: State, raw: State) -> str:
    figures = (
        _ece("ECE", now.ece, raw.ece),
        _ece("equal-mass ECE", now.ece_equal_mass, raw.ece_equal_mass),
        _figure("confidence − accuracy", f"{100 * now.gap:+.2f} pp", f"{100 * raw.gap:+.2f} pp"),
        _figure("NLL, nats", f"{now.nll:.3f}", f"{raw.nll:.3f}"),
    )
    return f'<dl class="tw-figures">{"".join(figures)}</dl>'


def _ece(name: str, now: Error, raw: Error) -> str:
    return _figure(name, f"{now.value:.2%}", f"{raw.value:.2%}", f"floor {now.floor:.2%}")


def _figure(name: str, now: str, raw: str, *more: str) -> str:
    before = () if now == raw else (f"{raw} at T = 1",)
    quiet = "".join(f"<dd class='tw-quiet'>{text}</dd>" for text in (*more, *before))
    return f"<div><dt>{name}</dt><dd>{now}</dd>{quiet}</div>"
