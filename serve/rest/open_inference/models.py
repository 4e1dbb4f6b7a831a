"""The models as the protocol names them: by name and version."""

from __future__ import annotations

from starlette.requests import Request

from serve.errors import UnknownModel
from serve.inference.compare import Comparer
from serve.rest.common.model_names import check_model


def version_of(comparer: Comparer) -> str:
    return str(comparer.pair.manifest.version)


def checked_model(comparer: Comparer, request: Request) -> str:
    """The name of the model in the path. Raises `UnknownModel` if it or its version is unknown."""
    name = check_model(request.path_params["name"])
    version = version_of(comparer)
    number = request.path_params.get("number", version)
    if number != version:
        raise UnknownModel(
            f"there is no version {number[:40]!r} of model {name}; use version {version}"
        )
    return name
