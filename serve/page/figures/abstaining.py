"""The error rate of a model that answers only where it is most confident."""

from __future__ import annotations

from contract.artifacts.manifest import Manifest
from contract.twins import TWINS
from serve.page.figures import figure
from serve.page.figures.chart import Chart, legend, steps
from serve.page.figures.figure import Figure
from serve.page.parts.reliability import State


def html(both: dict[str, State], coverage: float, manifest: Manifest) -> str:
    """Both models' error rates by coverage, with a line at `coverage`, in percent."""
    words = "; ".join(
        f"{TWINS[name].legend}: error rate {state.error_rate(coverage):.2%}"
        for name, state in both.items()
    )
    drawn = Figure(
        name="abstaining",
        title="Error rate among the most confident answers",
        drawing=legend() + _chart(both, coverage, words).svg(),
        header=("coverage", *(f"error rate, {name}" for name in both)),
        rows=[[x / 100, *(s.error_rate(x) for s in both.values())] for x in range(1, 101)],
    )
    return (
        f'<p class="tw-sentence" aria-live="polite">Only the most confident <strong>{coverage:g}%'
        f"</strong> of pictures are answered: {words}.</p>{figure.html(drawn, manifest)}"
    )


def _chart(both: dict[str, State], coverage: float, words: str) -> Chart:
    highest = max(state.error_rate(100) for state in both.values())
    ticks = steps(0, max(0.01, highest))
    chart = Chart(
        x=(0, 100),
        y=(0, ticks[-1]),
        x_label="coverage: the share that is answered",
        y_label="error rate",
        text=f"Error rate at a coverage of {coverage:g}%: {words}.",
        x_ticks=[(x, f"{x}%") for x in range(0, 101, 20)],
        y_ticks=[(y, f"{100 * y:g}%") for y in ticks],
        height=250,
    )
    chart.line([(coverage, 0), (coverage, ticks[-1])], "tw-now")
    for name, state in both.items():
        points = [(float(x), state.error_rate(x)) for x in range(1, 101)]
        chart.line(points, f"tw-line tw-{name}")
        chart.dot(
            (coverage, state.error_rate(coverage)), f"tw-dot tw-{name}", marker=TWINS[name].marker
        )
    return chart
