"""How uploads are received: each into a folder of its own, which goes if the upload fails."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import gradio.routes
from gradio.route_utils import upload_fn
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

log = logging.getLogger("twinlabel")

NO_ROOM = (
    "The server has no room for this upload at the moment. Try again in five minutes, or upload a "
    "smaller file."
)
_BROKE_OFF = "The upload broke off before its end. Upload the file once more."


def install() -> None:
    """Let Gradio's route for uploads receive them this way.

    Gradio keeps what it has received of an upload that fails, and answers a full disk with a bare
    500. Its route calls this function by its global name, which is the only way in.
    """
    gradio.routes.upload_fn = _receive  # type: ignore[attr-defined]


async def _receive(request: Request, upload_dir: str, *more: Any, **options: Any) -> Any:
    """What Gradio's function returns. Nothing is left of an upload that fails."""
    own: str | None = None
    try:
        Path(upload_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
        own = tempfile.mkdtemp(dir=upload_dir)
        received = await upload_fn(request, own, *more, **options)
        own = None
        return received
    except ClientDisconnect:
        failure = HTTPException(400, _BROKE_OFF)
    except OSError as error:
        log.warning("an upload failed: %s", error)
        failure = HTTPException(507, NO_ROOM)
    finally:
        if own is not None:
            _remove(own)
    # Not inside of `except`: the new exception would hold the old one, and that the open files.
    raise failure


def _remove(folder: str) -> None:
    for path in Path(folder).rglob("*"):
        if path.is_file():
            # A file that is still open takes its room until it is closed, even without a name.
            with contextlib.suppress(OSError):
                os.truncate(path, 0)
    shutil.rmtree(folder, ignore_errors=True)
