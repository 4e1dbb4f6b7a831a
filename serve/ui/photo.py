"""The page's picture input: as Gradio's, but nothing from a client is opened but its own upload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from serve import picture
from serve.errors import NoPicture, PictureError, PictureTooLarge


class Photo(gr.Image):
    """Gives an event the 32x32 pixels that `serve.picture` makes of the upload, or None.

    Gradio's own `Image` opens any path that a client names, and decodes whatever it finds there
    with no limit on pixels. This one reads only files inside the upload folder, by their resolved
    path, and leaves the decoding to `serve.picture`.
    """

    # The browser draws it as the image component that it is derived from.
    is_template = True

    def preprocess(self, payload: Any) -> NDArray[np.uint8] | None:
        """Raises `gr.Error` with a text for people where the upload is no readable picture."""
        if payload is None:
            return None
        try:
            return picture.decode(_uploaded_bytes(payload.path))
        except (PictureError, NoPicture) as error:
            raise gr.Error(
                error.message, title="This picture cannot be used", print_exception=False
            ) from None


def _uploaded_bytes(path: str | None) -> bytes:
    folder = Path(get_upload_folder()).resolve()
    try:
        upload = Path(path or "").resolve(strict=True)
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
