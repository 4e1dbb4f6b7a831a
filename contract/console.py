"""Lets programs print what their terminal has no letters for."""

from __future__ import annotations

import codecs
import io
import sys

_SPELT = {"ε": "epsilon", "σ": "sigma", "×": "x", "→": "->", "–": "-", "…": "...", "±": "+-"}


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
