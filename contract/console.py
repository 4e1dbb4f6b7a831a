"""What programs print on a terminal: tables, and what it has no letters for."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Sequence

_SPELT = {"ε": "epsilon", "σ": "sigma", "×": "x", "→": "->", "–": "-", "…": "...", "±": "+-"}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as text. The first column is aligned left, all others right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (lines[0], rule, *lines[1:])
    )


def spell_out() -> None:
    """From now on, print "epsilon" where the terminal's code page has no ε, and the like.

    Python would end the program with an error instead, in its help too.
    """
    codecs.register_error("spelt", _spelt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spelt")


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_SPELT.get(letter, "?") for letter in missing), error.end
