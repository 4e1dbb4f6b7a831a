"""The table with which most lessons end."""

from __future__ import annotations

from collections.abc import Sequence

from contract.console import table


def claims(rows: Sequence[tuple[str, str, str]]) -> str:
    """A table of common claims, beside what was measured here."""
    return table(("claim", "claimed", "measured"), rows)
