"""The one error that `train` raises for what a user can put right."""

from __future__ import annotations


class TrainError(Exception):
    """Something that the user can put right; its text is one sentence that says how."""
