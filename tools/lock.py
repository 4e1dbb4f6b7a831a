"""Makes requirements.txt from pyproject.toml: every package that a full install gets, pinned.

A Space's build sees requirements.txt alone, so it refers to no other file. The resolving is uv's.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made from pyproject.toml by `make lock`; edit that one.\n"


def main() -> None:
    groups = [word for name in ("serve", "gpu", "train") for word in ("--group", name)]
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--no-annotate", "--no-header", *groups]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    (ROOT / "requirements.txt").write_text(HEADER + done.stdout)


if __name__ == "__main__":
    main()
