"""The name of a model in a path, and the error for a name that no model has."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from contract.twins import NAMES
from serve.errors import UnknownModel

ModelName = Annotated[
    # OpenAPI shows the two names as an enum. FastAPI must not check them: it would answer 422
    # instead of 404.
    str, Path(description="The name of the model.", json_schema_extra={"enum": list(NAMES)})
]


def check_model(name: str) -> None:
    """Raise `UnknownModel` if no model has this name."""
    if name not in NAMES:
        raise UnknownModel(f"there is no model {name[:40]!r}; use {' or '.join(NAMES)}")
