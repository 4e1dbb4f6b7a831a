"""The training curves as CSV: a row an epoch and twin."""

from __future__ import annotations

import csv
import io
from dataclasses import fields

from train.fitting.loop import Epoch, TwinEpoch

COLUMNS = ("epoch", "model", *(field.name for field in fields(TwinEpoch)), "seconds")


def as_csv(history: list[Epoch]) -> str:
    """Losses in nats and accuracies from 0 to 1, five digits; `seconds` is of both twins."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for epoch in history:
        for name, twin in epoch.twins.items():
            figures = [f"{getattr(twin, field.name):.5f}" for field in fields(TwinEpoch)]
            writer.writerow([epoch.number, name, *figures, f"{epoch.seconds:.1f}"])
    return text.getvalue()
