"""The training curves as CSV, with one row for each epoch and model."""

from __future__ import annotations

import csv
import io
from dataclasses import fields

from train.fitting.loop import Epoch, TwinEpoch

COLUMNS = ("epoch", "model", *(field.name for field in fields(TwinEpoch)), "seconds")


def as_csv(history: list[Epoch]) -> str:
    """The curves as CSV text: losses in nats, accuracies from 0 to 1, five decimals.

    `seconds` is the time of both models together.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for epoch in history:
        for name, twin in epoch.twins.items():
            figures = [f"{getattr(twin, field.name):.5f}" for field in fields(TwinEpoch)]
            writer.writerow([epoch.number, name, *figures, f"{epoch.seconds:.1f}"])
    return text.getvalue()
