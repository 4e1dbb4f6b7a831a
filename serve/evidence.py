"""The published pair's evidence, where there is one: what a confidence has been worth."""

from __future__ import annotations

import logging
from pathlib import Path

from contract import report
from contract.lookup import Lookup
from contract.manifest import NAMES

log = logging.getLogger("twinlabel")


def lookups(models: Path, pair: dict[str, str]) -> dict[str, Lookup]:
    """A lookup for each twin; empty, with a warning, where the evidence is missing or another's."""
    try:
        _, logits = report.read(models, pair)
        labels = logits["test_labels"].astype(int)
        found = {name: Lookup(logits[f"test_{name}"], labels) for name in NAMES}
    except report.ReportError as error:
        log.warning("answers carry no reliability: %s", error)
        return {}
    for lookup in found.values():
        lookup.at(1.0)  # sorts 10,000 pictures into bins now, not at the first request
    return found
