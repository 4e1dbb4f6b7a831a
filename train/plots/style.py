"""The style of every plot of this project: each stands alone on a slide."""

from __future__ import annotations

import io
import textwrap
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

MARKERS = {"circle": "o", "square": "s"}
"""Matplotlib's name for each marker."""
# Without a fixed salt, the ids in an SVG are random, and the same report would give other bytes.
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "twinlabel",
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
}


def in_use() -> AbstractContextManager[None]:
    """The context in which figures are drawn and saved in the project's style."""
    return mpl.rc_context(_STYLE)


def figure(width: float, height: float, title: str, caption: str) -> Figure:
    """An empty figure, `width` x `height` inches, with a title above and a caption below."""
    made = Figure(figsize=(width, height), layout="constrained")
    made.suptitle(title, fontsize=15, fontweight="bold", x=0.01, ha="left")
    lines = [textwrap.fill(line, int(13.3 * width)) for line in caption.split("\n")]
    made.supxlabel("\n".join(lines), fontsize=9.5, x=0.01, ha="left", color="0.3")
    return made


def files(name: str, made: Figure) -> dict[str, bytes]:
    """The contents of `name`.png and `name`.svg, by file name."""
    packed = {}
    for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        content = io.BytesIO()
        made.savefig(content, format=kind, dpi=110, metadata=metadata)
        packed[f"{name}.{kind}"] = content.getvalue()
    return packed
