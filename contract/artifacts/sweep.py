"""`exported_models/sweep/RECIPE.csv`: the effect of ε, with one row for each network.

All networks of a seed start from the same weights and see the same batches, so the figures of two
ε can be compared seed by seed. Accuracies and calibration errors are from 0 to 1; NLL is in nats.
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
"""A wrong answer with at least this confidence counts as a sure mistake."""


class SweepError(ValueError):
    """The table cannot be used; the message says why."""


@dataclass(frozen=True)
class Row:
    """One trained network. Figures are on the 10,000 test pictures unless described otherwise."""

    recipe: str
    seed: int
    label_noise: float
    """The share of the training labels that were moved to another class."""
    epsilon: float
    train_loss: float
    """The mean of the minimised loss over the last epoch, in nats."""
    train_accuracy: float
    """The accuracy on the training pictures, not augmented, against the labels trained on."""
    largest_fall: float
    """The largest fall of validation accuracy from one epoch to the next; 0 if it never fell."""
    accuracy: float
    confidence: float
    """The mean confidence."""
    nll: float
    ece: float
    signed_gap: float
    aurc: float
    sure_mistakes: float
    """The share of pictures with a wrong answer and a confidence of at least `SURE`."""
    temperature: float
    """The temperature that was fitted on validation pictures."""
    nll_scaled: float
    """The NLL at the fitted temperature; `_scaled` means the same in the names below."""
    ece_scaled: float
    sure_mistakes_scaled: float

    @property
    def overfitting(self) -> float:
        """Training accuracy minus test accuracy."""
        return self.train_accuracy - self.accuracy

    @property
    def absolute_gap(self) -> float:
        """The distance of mean confidence from accuracy."""
        return abs(self.signed_gap)

    @property
    def key(self) -> tuple[float, float, int]:
        """The label noise, ε and seed, which identify this network within a sweep."""
        return self.label_noise, self.epsilon, self.seed


COLUMNS = tuple(field.name for field in fields(Row))
METRICS = (*COLUMNS[COLUMNS.index("train_loss") :], "overfitting", "absolute_gap")


def as_csv(rows: Iterable[Row]) -> str:
    """The table as CSV text, ordered by label noise, ε and seed."""
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
    """The rows of a table written by `as_csv`. Raises `SweepError` if `text` is not one."""
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
    """The published sweeps, and why any of them could not be read."""

    by_recipe: dict[str, list[Row]]
    problems: tuple[str, ...]


def read(models: Path) -> Sweeps:
    """The sweeps in the folder `models`. A damaged one is left out and listed in `problems`."""
    found: dict[str, list[Row]] = {}
    problems = []
    for path in sorted((models / FOLDER).glob("*.csv")):
        try:
            found[path.stem] = read_rows(path)
        except SweepError as error:
            problems.append(str(error))
    return Sweeps(found, tuple(problems))


def read_rows(path: Path) -> list[Row]:
    """The rows of the table at `path`. Raises `SweepError` if it cannot be used."""
    try:
        return from_csv(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, SweepError) as error:
        raise SweepError(f"{path} cannot be used: {error}") from error
