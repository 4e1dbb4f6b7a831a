"""The page's picture inputs: Gradio's, but of what a client names only its own upload is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from serve import picture
from serve.errors import NoPicture, PictureError, PictureTooLarge

Given = NDArray[np.uint8] | PictureError | NoPicture | None
"""`[32, 32, 3]`, or what is wrong with the upload, or that there is none."""


@dataclass(frozen=True)
class Upload:
    """A file that a client says to have uploaded; nothing of it is read yet."""

    name: str
    path: str

    def decoded(self) -> NDArray[np.uint8] | PictureError | NoPicture:
        """The pixels `[32, 32, 3]`, or what is wrong."""
        try:
            return picture.decode(_uploaded_bytes(self.path))
        except (PictureError, NoPicture) as error:
            return error


class Photo(gr.Image):
    """Gives an event what `serve.picture` makes of the upload.

    Gradio's own `Image` opens any path that a client names, and decodes whatever it finds there
    with no limit on pixels. This one reads only files inside the upload folder, by their resolved
    path, and leaves the decoding to `serve.picture`.
    """

    # The browser draws it as the image component that it is derived from.
    is_template = True

    def preprocess(self, payload: Any) -> Given:  # type: ignore[override]
        return None if payload is None else Upload("", str(payload.path or "")).decoded()


class Photos(gr.File):
    """Gives an event its uploads, to be read one by one with the same care as `Photo`."""

    is_template = True

    def preprocess(  # type: ignore[override]
        self, payload: Any
    ) -> list[Upload]:
        given = payload.root if hasattr(payload, "root") else payload
        files = [] if given is None else given if isinstance(given, list) else [given]
        return [Upload(_name(file), str(file.path or "")) for file in files]


def _name(file: Any) -> str:
    """As the client calls it, without any folder, for a table."""
    return Path(str(file.orig_name or file.path)).name[:100]


def _uploaded_bytes(path: str) -> bytes:
    folder = Path(get_upload_folder()).resolve()
    try:
        upload = Path(path).resolve(strict=True)
        if not upload.is_relative_to(folder) or not upload.is_file():
            raise FileNotFoundError
        if upload.stat().st_size > picture.LARGEST_BYTES:
            raise PictureTooLarge(
                f"the picture has {upload.stat().st_size:,} bytes; at most "
                f"{picture.LARGEST_BYTES:,} are read: send a smaller or more compressed one"
            )
        return upload.read_bytes()
    except (OSError, ValueError) as error:
        # One answer for all of them: it must not tell which files there are.
        raise NoPicture("that is no file uploaded here; upload the picture itself") from error
