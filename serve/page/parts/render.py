"""Pixels as a picture that HTML can hold."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Pixels, uint8 `[height, width, 3]`, as a PNG in a data URI."""
    packed = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(packed, "PNG")
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"
