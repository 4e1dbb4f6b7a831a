"""The name of a model in a path, and the error for a name that no model has."""

from __future__ import annotations

from typing import Any

from contract.twins import NAMES
from serve.errors import UnknownModel

NAME: dict[str, Any] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The name of the model.",
    "schema": {"type": "string", "enum": list(NAMES)},
}
"""OpenAPI's description of the parameter."""


def check_model(name: str) -> str:
    """The name itself. Raises `UnknownModel` if no model has it."""
    if name not in NAMES:
        raise UnknownModel(f"there is no model {name[:40]!r}; use {' or '.join(NAMES)}")
    return name
