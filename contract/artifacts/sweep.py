"""`exported_models/sweep/RECIPE.csv`: what other ε do, a row a trained network.

Within a seed all networks start from the same weights and see the same batches, so that figures of
two ε are compared seed by seed. Accuracies and calibration errors are from 0 to 1; NLL is in nats.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FOLDER = "sweep"
DIGITS = 6
SURE = 0.9
"""An answer is called a sure mistake when it is wrong and at least so confident."""


class SweepError(ValueError):
    """A table that cannot be used; the text says why."""


@dataclass(frozen=True)
class Row:
    """One trained network; figures are of the 10,000 test pictures unless they say otherwise."""

    recipe: str
    seed: int
    label_noise: float
    """Share of the training labels that were moved to another class."""
    epsilon: float
    train_loss: float
    """What was minimised, mean of the last epoch, in nats."""
    train_accuracy: float
    """On the training pictures, not augmented, against the labels that were trained on."""
    largest_fall: float
    """Of validation accuracy from one epoch to the next; 0 where it never fell."""
    accuracy: float
    confidence: float
    """Mean."""
    nll: float
    ece: float
    signed_gap: float
    aurc: float
    sure_mistakes: float
    """Share of pictures that were answered wrongly with a confidence of at least `SURE`."""
    temperature: float
    """Fitted on validation."""
    nll_scaled: float
    """At that temperature, as all that ends in `_scaled`."""
    ece_scaled: float
    sure_mistakes_scaled: float

    @property
    def overfitting(self) -> float:
        """How much better the network does on the pictures that it was trained on."""
        return self.train_accuracy - self.accuracy

    @property
    def absolute_gap(self) -> float:
        """How far mean confidence and accuracy lie apart, whichever is larger."""
        return abs(self.signed_gap)

    @property
    def key(self) -> tuple[float, float, int]:
        """What tells this network from the others of a sweep: label noise, ε, seed."""
        return self.label_noise, self.epsilon, self.seed


COLUMNS = tuple(field.name for field in fields(Row))
METRICS = (*COLUMNS[COLUMNS.index("train_loss") :], "overfitting", "absolute_gap")


def as_csv(rows: Iterable[Row]) -> str:
    """The table, ordered by label noise, ε and seed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda row: row.key):
        writer.writerow(
            f"{value:.{DIGITS}g}" if isinstance(value, float) else value
            for value in asdict(row).values()
        )
    return text.getvalue()


def from_csv(text: str) -> list[Row]:
    """The rows of `as_csv`'s text. Raises `SweepError` where it is not such a table."""
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise SweepError(f"its columns are not {', '.join(COLUMNS)}")
    rows = []
    for number, cells in enumerate(reader, start=2):
        try:
            rows.append(
                Row(
                    recipe=cells["recipe"],
                    seed=int(cells["seed"]),
                    **{name: float(cells[name]) for name in COLUMNS[2:]},
                )
            )
        except (TypeError, ValueError) as error:
            raise SweepError(f"line {number} is not a run: {error}") from error
    return rows


@dataclass(frozen=True)
class Sweeps:
    """The published sweeps, and what kept any of them from being read."""

    by_recipe: dict[str, list[Row]]
    problems: tuple[str, ...]


def read(models: Path) -> Sweeps:
    """The published sweeps beside the models. One that is damaged is left out and said."""
    found: dict[str, list[Row]] = {}
    problems = []
    for path in sorted((models / FOLDER).glob("*.csv")):
        try:
            found[path.stem] = read_rows(path)
        except SweepError as error:
            problems.append(str(error))
    return Sweeps(found, tuple(problems))


def read_rows(path: Path) -> list[Row]:
    """The rows of the table at `path`. Raises `SweepError`, naming it, where it cannot be used."""
    try:
        return from_csv(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, SweepError) as error:
        raise SweepError(f"{path} cannot be used: {error}") from error
