"""Pictures to send to a server: CIFAR-10 test pictures, and photos as large as a phone's."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from contract.artifacts.gallery import COLUMNS, FOLDER, SHEET
from contract.cifar10 import PICTURE_SIZE
from harness.paths import COMMITTED, SAMPLE

Pictures = NDArray[np.uint8]
"""RGB pictures, uint8 `[n, 32, 32, 3]`."""
_RECORD_BYTES = 1 + 3 * PICTURE_SIZE * PICTURE_SIZE


def of_the_sample() -> Pictures:
    """The 500 CIFAR-10 test pictures of the sample in tests/data."""
    raw = np.fromfile(SAMPLE / "cifar-10-batches-bin" / "test_batch.bin", np.uint8)
    planes = raw.reshape(-1, _RECORD_BYTES)[:, 1:].reshape(-1, 3, PICTURE_SIZE, PICTURE_SIZE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def as_png(pictures: Pictures, index: int = 0) -> bytes:
    """The picture at `index` of `pictures` as a PNG file."""
    return _packed(Image.fromarray(pictures[index]), "PNG")


def of_the_gallery(n: int) -> list[bytes]:
    """The first `n` pictures of the gallery, 32x32, as PNG files."""
    with Image.open(COMMITTED / FOLDER / SHEET) as sheet:
        return [_packed(sheet.crop(_box(index)), "PNG") for index in range(n)]


def _box(index: int) -> tuple[int, int, int, int]:
    row, column = divmod(index, COLUMNS)
    left, top = PICTURE_SIZE * column, PICTURE_SIZE * row
    return left, top, left + PICTURE_SIZE, top + PICTURE_SIZE


def photo(kind: str = "JPEG", quality: int = 90, seed: int = 0) -> bytes:
    """A smooth photo of 4000x3000 pixels (12 megapixels) as a file. A JPEG is a baseline JPEG."""
    coarse = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8)
    pillow_heif.register_heif_opener()
    big = Image.fromarray(coarse).resize((4000, 3000), Image.Resampling.BICUBIC)
    return _packed(big, kind, quality=quality)


def _packed(image: Image.Image, kind: str, **options: int) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()
