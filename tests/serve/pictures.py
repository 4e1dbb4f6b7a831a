"""Pictures for the tests of the running server."""

from __future__ import annotations

import io

from PIL import Image

from train.data import Cifar10


def as_png(sample: Cifar10, index: int = 0) -> bytes:
    """A test picture as a PNG file."""
    packed = io.BytesIO()
    Image.fromarray(sample.test.images[index].numpy()).save(packed, "PNG")
    return packed.getvalue()
