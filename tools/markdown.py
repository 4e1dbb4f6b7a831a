"""Figures and tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from contract.artifacts.report import Figure


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: bool = True) -> str:
    """A table. The first column is aligned left; the others are aligned right if `right`."""
    rule = ["---", *("---:" if right else "---" for _ in header[1:])]
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, rule, *rows))


def share(figure: Figure, digits: int = 2) -> str:
    """A share in percent, with its 95% interval."""
    value, low, high = (f"{100 * v:.{digits}f}" for v in (figure.value, figure.low, figure.high))
    return f"{value}% [{low}, {high}]"


def p_value(p: float) -> str:
    """A p-value with two digits, or `< 0.0001`."""
    return f"{p:.2g}" if p >= 0.0001 else "< 0.0001"


def number(figure: Figure) -> str:
    """A plain number with its 95% interval."""
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
