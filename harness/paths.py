"""The paths of the repository's parts."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "exported_models"
"""The published pair that ships with the repository."""
SAMPLE = ROOT / "tests" / "data"
"""A small sample of CIFAR-10, in the layout of the official release."""
