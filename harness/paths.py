"""Where the repository's parts lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "exported_models"
"""The published pair that ships with the repository."""
SAMPLE = ROOT / "tests" / "data"
"""A small sample of CIFAR-10, laid out as the official release."""
