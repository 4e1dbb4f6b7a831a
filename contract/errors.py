"""The base of all errors that are told to a user in words."""

from __future__ import annotations


class UserError(Exception):
    """An error that a user can correct."""

    code = "error"
    """A stable name of the error, for programs."""

    @property
    def message(self) -> str:
        """What is wrong and what to do about it, for people."""
        return str(self)
