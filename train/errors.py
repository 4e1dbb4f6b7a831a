"""The error that `train` raises for what a user can correct."""

from __future__ import annotations


class TrainError(Exception):
    """Something that the user can correct. The message says what is wrong and what to do."""
