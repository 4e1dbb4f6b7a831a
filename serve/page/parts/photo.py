"""The page's picture inputs: Gradio's own, except that they open nothing but uploaded files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from gradio.utils import get_upload_folder
from gradio_client.utils import is_http_url_like

from contract.pictures import decoder
from serve import decoding
from serve.errors import NoPicture
from serve.page.upload_route import NO_ROOM

Outcome = decoding.Outcome | NoPicture
"""An upload as a picture and the notes about it, or what is wrong with it."""
Component = TypeVar("Component", bound=gr.components.Component)
Given = Outcome | None
"""What an event gets from `Photo`; None where the user took the picture away."""


@dataclass(frozen=True)
class Upload:
    """A file that a client claims to have uploaded. Nothing of it has been read yet."""

    name: str
    path: str

    def decoded(self) -> Outcome:
        """The picture with its notes, or what is wrong with the file."""
        try:
            content = _uploaded_bytes(self.path)
        except NoPicture as error:
            return error
        return decoding.decode_one_blocking(content)


def _opens_no_address(component: type[Component]) -> type[Component]:
    """Make a class of components refuse an address, which Gradio's own would fetch.

    Not a base class: what stands first among the bases is what Gradio's browser code draws.
    """
    move = component.move_resource_to_block_cache
    move_later = component.async_move_resource_to_block_cache

    def refusing(self: Component, path: Any) -> Any:
        _refuse_address(path)
        return move(self, path)

    async def refusing_later(self: Component, path: Any) -> Any:
        _refuse_address(path)
        return await move_later(self, path)

    changed: Any = component
    changed.move_resource_to_block_cache = refusing
    changed.async_move_resource_to_block_cache = refusing_later
    return component


def _refuse_address(path: Any) -> None:
    if is_http_url_like(str(path)):
        message = "The server opens no address. Upload the picture itself."
        raise gr.Error(message, title="Not an upload", print_exception=False)


@_opens_no_address
class Photo(gr.Image):
    """An image input that gives an event the upload as decoded by `contract.pictures`.

    Gradio's own `Image` opens any path that a client names, and decodes whatever it finds there
    with no limit on pixels. This one reads only files whose resolved path is inside the upload
    folder, and leaves the decoding to `contract.pictures`.
    """

    # The browser draws it as the image component from which it is derived.
    is_template = True

    def preprocess(self, payload: Any) -> Given:  # type: ignore[override]
        return None if payload is None else Upload("", str(payload.path or "")).decoded()

    def postprocess(self, value: Any) -> Any:
        """A picture to show, which Gradio writes to the folder of uploads."""
        try:
            return super().postprocess(value)
        except OSError:
            raise gr.Error(NO_ROOM, title="No room", print_exception=False) from None


@_opens_no_address
class Photos(gr.File):
    """A file input that gives an event its uploads, to be decoded one by one as `Photo` does."""

    is_template = True

    def preprocess(  # type: ignore[override]
        self, payload: Any
    ) -> list[Upload]:
        given = payload.root if hasattr(payload, "root") else payload
        files = [] if given is None else given if isinstance(given, list) else [given]
        return [Upload(_name(file), str(file.path or "")) for file in files]


def _name(file: Any) -> str:
    """The client's name for the file, without any folder, for a table."""
    return Path(str(file.orig_name or file.path)).name[:100]


def _uploaded_bytes(path: str) -> bytes:
    folder = Path(get_upload_folder()).resolve()
    try:
        upload = Path(path).resolve(strict=True)
        if not upload.is_relative_to(folder) or not upload.is_file():
            raise FileNotFoundError
        decoder.check_bytes(upload.stat().st_size)
        return upload.read_bytes()
    except (OSError, ValueError) as error:
        # The same answer for every path, so that nobody learns which files exist.
        raise NoPicture(
            "this is not a file that was uploaded here; upload the picture itself"
        ) from error
