"""The files of the published pair, for download: each by its name, and no other.

No part of a client's path becomes part of a path on the disk. A name that is not in the list gets
the same 404 as every other unknown path.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from contract.artifacts import manifest, report
from contract.artifacts.manifest import Manifest
from contract.twins import TWINS

FOLDER = "/files"
"""Where they are served."""
CARD = "README.md"
"""The model card of the pair."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Download:
    """One file that is offered."""

    name: str
    """In the address."""
    title: str
    path: Path
    media: str
    sha256: str | None = None
    """What its content has to be. None where nothing says so."""


def offered(models: Path, pair: Manifest) -> list[Download]:
    """The files of `pair` in the folder `models` that are there."""
    evidence = models / report.FOLDER
    every = [
        *(
            Download(
                f"{name}.onnx",
                f"{twin.title}, ONNX",
                models / pair.models[name].path,
                "application/octet-stream",
                pair.models[name].sha256,
            )
            for name, twin in TWINS.items()
        ),
        Download(CARD, "Model card", models / CARD, "text/markdown; charset=utf-8"),
        Download(manifest.FILE, "Manifest", models / manifest.FILE, "application/json"),
        Download(report.FILE, "Report", evidence / report.FILE, "application/json"),
        Download(report.LOGITS, "Logits", evidence / report.LOGITS, "application/octet-stream"),
    ]
    return [each for each in every if each.path.is_file()]


def add_route(app: Starlette, files: list[Download]) -> None:
    """Serve `files` below `FOLDER`.

    A model that is no longer the one in use, because another pair was published since the start, is
    not given out under its name.
    """
    by_name = {each.name: each for each in files}

    # Not `async`: Starlette runs it in a thread, because it reads from the disk.
    def download(request: Request) -> Response:
        found = by_name.get(request.path_params["name"])
        if found is None or not found.path.is_file():
            return PlainTextResponse("There is no such file.", 404)
        if found.sha256 is not None and _sha256(found.path) != found.sha256:
            text = f"{found.name} has been replaced since the server started. Restart the server."
            return PlainTextResponse(text, 409)
        return FileResponse(found.path, media_type=found.media, filename=found.name)

    app.router.routes.append(Route(f"{FOLDER}/{{name}}", download))


def _sha256(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece: a model has ten megabytes."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            found.update(piece)
    return found.hexdigest()
