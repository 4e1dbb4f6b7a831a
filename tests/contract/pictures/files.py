"""Files for the decoder's tests: the small ones in tests/data/pictures, and PNGs made chunk by
chunk."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from contract.pictures import decoder
from harness.paths import ROOT

Array = NDArray[Any]
FOLDER = ROOT / "tests" / "data" / "pictures"


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def distance(content: bytes, expected: Array) -> float:
    """The mean difference between a file's pixels and the expected ones, of 255."""
    return float(np.abs(decoder.decode(content).astype(int) - expected).mean())


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    pillow_heif.register_heif_opener()
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


def colourful(side: int = 32) -> Array:
    """All of red and green against each other, with blue between."""
    y, x = np.mgrid[:side, :side] * 256 // side
    return np.stack([x, y, 255 - (x + y) // 2], axis=2).astype(np.uint8)


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png(
    rows: Iterable[bytes], depth: int, colour: int, *chunks: bytes, after: bytes = b""
) -> bytes:
    """A PNG, 32 pixels wide, with `chunks` before its pixels and `after` behind them."""
    packed = list(rows)
    header = struct.pack(">IIBBBBB", 32, len(packed), depth, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in packed)))
    before = chunk(b"IHDR", header) + b"".join(chunks)
    return b"\x89PNG\r\n\x1a\n" + before + pixels + after + chunk(b"IEND", b"")


def colourful_png(*chunks: bytes, after: bytes = b"") -> bytes:
    return png([row.tobytes() for row in colourful()], 8, 2, *chunks, after=after)
