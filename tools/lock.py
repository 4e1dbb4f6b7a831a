"""Writes requirements.txt from pyproject.toml: the pinned versions of every package of an install.

The build of a Space sees only requirements.txt, so it refers to no other file. uv resolves the
versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
HEADER = "# Made from pyproject.toml by `make lock`; edit that one.\n"


def pinned(groups: tuple[str, ...], *more: str) -> str:
    """The pinned packages of `groups` of pyproject.toml. `more` are further options for uv."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--no-annotate", "--no-header", *more]
    command += [word for name in groups for word in ("--group", name)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return HEADER + done.stdout


if __name__ == "__main__":
    REQUIREMENTS.write_text(pinned(("serve", "gpu", "train")))
