"""What was measured of both models on the test pictures, with what each measure means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from contract.artifacts.manifest import Manifest
from contract.artifacts.report import Difference, Report, Split
from contract.artifacts.report import Figure as Measured
from contract.artifacts.sweep import SURE
from contract.twins import TWINS
from serve.page.figures import figure
from serve.page.figures.figure import Cell, Figure

_DIFFERENCE = '<td data-of="Difference">'
WHEN = {"raw": "T = 1", "scaled": "fitted T"}
"""The temperatures at which calibration is measured."""


@dataclass(frozen=True)
class Measure:
    """A measure of the report: its name there and here, and its meaning."""

    key: str
    title: str
    meaning: str
    in_nats: bool = False
    floor: bool = False

    @property
    def write(self) -> Callable[[float], str]:
        """A value as text."""
        return nats if self.in_nats else share


def nats(value: float) -> str:
    """A value with three decimals."""
    return f"{value:.3f}"


def share(value: float) -> str:
    """A share as a percentage with two decimals."""
    return f"{value:.2%}"


def short(write: Callable[[float], str]) -> Callable[[float], str]:
    """The same for the ticks of an axis, without digits that say nothing."""
    return (lambda value: f"{value:g}") if write is nats else (lambda value: f"{100 * value:g}%")


MEASURES = (
    Measure(
        "ece_equal_mass",
        "ECE, equal mass",
        "The mean distance of confidence from accuracy, in 15 bins of equally many pictures.",
        floor=True,
    ),
    Measure("ece", "ECE, equal width", "The same, in 15 bins of equal width.", floor=True),
    Measure(
        "signed_gap",
        "Confidence minus accuracy",
        "Above 0 the model is overconfident, below 0 underconfident.",
    ),
    Measure(
        "nll",
        "NLL, nats",
        "Negative log-likelihood: the mean of -log of the probability of the true class. Lower is "
        "better.",
        in_nats=True,
    ),
    Measure(
        "brier",
        "Brier score",
        "The mean squared distance of the ten probabilities from the truth, from 0 to 2.",
        in_nats=True,
    ),
    Measure(
        "sure_mistakes",
        "Sure mistakes",
        f"The share of pictures with a wrong answer and a confidence of {SURE:.0%} or more.",
    ),
    Measure(
        "aurc.probability",
        "AURC",
        "The mean error rate among the most confident x% of answers, over all x: how well "
        "confidence tells right from wrong.",
    ),
)


def html(found: Report, manifest: Manifest) -> str:
    """The measures as a table."""
    split = found.splits["test"]
    rows = [_accuracy(split)]
    table: list[list[Cell]] = [_cells("accuracy", "", split.differences["accuracy"], split)]
    for when, at in WHEN.items():
        rows.append(f'<tr class="tw-part"><th colspan="4" scope="colgroup">{_heading(split, when)}')
        rows[-1] += "</th></tr>"
        for measure in MEASURES:
            difference = split.differences[f"{when}.{measure.key}"]
            rows.append(_row(split, when, measure, difference))
            table.append(_cells(measure.key, at, difference, split))
    names = "".join(f'<th scope="col">{twin.title}</th>' for twin in TWINS.values())
    return figure.html(
        Figure(
            name="measures",
            title=f"What was measured on {split.pictures:,} test pictures",
            drawing='<div class="tw-scroll"><table class="tw-table tw-measures"><thead><tr>'
            f'<th scope="col">Measure</th>{names}<th scope="col">Difference</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>",
            header=(
                "measure",
                "temperature",
                *(f"{name}{end}" for name in TWINS for end in ("", ", low", ", high")),
                "hard minus smoothed",
                "low",
                "high",
                "p",
            ),
            rows=table,
            caption="In brackets: 95% intervals over pictures. The difference is paired, hard "
            "minus smoothed, and bold where its interval leaves out 0. The floor is what a "
            "perfectly calibrated model with the same confidences would score on average.",
        ),
        manifest,
    )


def _heading(split: Split, when: str) -> str:
    if when == "raw":
        return "As trained (T = 1)"
    fitted = ", ".join(
        f"{twin.legend} T = {split.models[name].scaled.temperature:.2f}"
        for name, twin in TWINS.items()
    )
    return f"At the temperature fitted on validation pictures ({fitted})"


def _accuracy(split: Split) -> str:
    values = "".join(
        f'<td data-of="{twin.title}">{_figure(split.models[name].accuracy, share)}</td>'
        for name, twin in TWINS.items()
    )
    return (
        '<tr><th scope="row">Accuracy<small>The share of right answers. No temperature changes it.'
        f"</small></th>{values}{_DIFFERENCE}{_difference(split.differences['accuracy'], share)}"
        "</td></tr>"
    )


def _row(split: Split, when: str, measure: Measure, difference: Difference) -> str:
    cells = ""
    for name, twin in TWINS.items():
        calibration = getattr(split.models[name], when)
        floor = (
            f"<br><small>floor {share(calibration.floors[measure.key].value)}</small>"
            if measure.floor
            else ""
        )
        value = _figure(calibration.metrics[measure.key], measure.write)
        cells += f'<td data-of="{twin.title}">{value}{floor}</td>'
    return (
        f'<tr><th scope="row">{measure.title}<small>{escape(measure.meaning)}</small></th>{cells}'
        f"{_DIFFERENCE}{_difference(difference, measure.write)}</td></tr>"
    )


def _figure(found: Measured, write: Callable[[float], str]) -> str:
    return f"{write(found.value)} <small>[{write(found.low)}, {write(found.high)}]</small>"


def _difference(found: Difference, write: Callable[[float], str]) -> str:
    clear = found.low > 0 or found.high < 0
    text = write(found.value).replace("%", " pp")
    ends = f"[{write(found.low)}, {write(found.high)}]".replace("%", "")
    value = f"<strong>{text}</strong>" if clear else text
    return f"{value} <small>{ends}</small>"


def _cells(key: str, at: str, difference: Difference, split: Split) -> list[Cell]:
    cells: list[Cell] = [key, at]
    for name in TWINS:
        model = split.models[name]
        found = (
            model.accuracy
            if key == "accuracy"
            else (model.raw if at == WHEN["raw"] else model.scaled).metrics[key]
        )
        cells += [found.value, found.low, found.high]
    return [*cells, difference.value, difference.low, difference.high, difference.p]
