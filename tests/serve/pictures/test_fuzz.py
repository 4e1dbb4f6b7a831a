"""Any bytes give pixels or a `PictureError`: cut, changed and spliced files, and bombs."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.paths import ROOT
from serve.errors import PictureError
from serve.pictures import decoder

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
MOST_MEMORY = 300
"""MiB that decoding one picture may take."""
MOST_SECONDS = 10


@cache
def seeds(kind: str) -> list[bytes]:
    """Small real files of a format in several modes, with metadata and a second frame."""
    pillow_heif.register_heif_opener()
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 4), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    found = []
    for mode in ("RGB", "RGBA", "L", "P"):
        image = Image.fromarray(noise, "RGBA").convert(mode)
        options: dict[str, Any] = {"exif": exif} if kind in ("JPEG", "PNG", "WEBP", "TIFF") else {}
        if kind in ("GIF", "WEBP", "TIFF", "PNG"):
            options |= {"save_all": True, "append_images": [image.rotate(90)]}
        packed = io.BytesIO()
        try:
            image.save(packed, kind, **options)
        except (OSError, ValueError):
            continue  # no such mode in this format
        found.append(packed.getvalue())
    return found


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A real file with bytes changed, cut out, repeated, or joined to another's."""
    data = bytearray(draw(st.sampled_from(seeds(draw(st.sampled_from(FORMATS))))))
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        where = draw(st.integers(0, len(data) - 1))
        change = draw(st.sampled_from(("flip", "number", "cut", "remove", "repeat", "splice")))
        if change == "flip":
            data[where] ^= 1 << draw(st.integers(0, 7))
        elif change == "number":
            size = draw(st.sampled_from((1, 2, 4, 8)))
            data[where : where + size] = draw(
                st.sampled_from((b"\0", b"\xff", b"\x7f", b"\x80"))
            ) * min(size, len(data) - where)
        elif change == "cut":
            del data[where:]
        elif change == "remove":
            del data[where : where + draw(st.integers(1, 200))]
        elif change == "repeat":
            part = data[where : where + draw(st.integers(1, 200))]
            data[where:where] = part * draw(st.integers(1, 20))
        else:
            other = draw(st.sampled_from(seeds(draw(st.sampled_from(FORMATS)))))
            data[where:] = other[draw(st.integers(0, len(other) - 1)) :]
    return bytes(data)


def check(content: bytes) -> None:
    try:
        pixels = decoder.decode(content)
    except PictureError:
        return  # anything else fails the test
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8


QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


@given(spoilt())
@settings(QUIET, max_examples=300, derandomize=True)
def test_spoilt_files(content: bytes) -> None:
    check(content)


@pytest.mark.slow
@given(spoilt())
@settings(QUIET, max_examples=30_000)
def test_many_spoilt_files(content: bytes) -> None:
    check(content)


@given(st.binary(max_size=300))
@settings(QUIET, max_examples=200, derandomize=True)
def test_any_bytes(content: bytes) -> None:
    check(content)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes) -> bytes:
    """A 32x32 PNG with `chunks` before its pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0" + bytes(32 * 3) * 32 + bytes(31)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + png_chunk(b"IEND", b"")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    pillow_heif.register_heif_opener()
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


def black(side: int = 4990) -> Image.Image:
    return Image.new("RGB", (side, side))


BOMBS: dict[str, Callable[[], bytes]] = {
    "text": lambda: png_with(png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 1))),
    "texts": lambda: png_with(
        *[png_chunk(b"zTXt", b"a%d\0\0" % i + zlib.compress(bytes(10**6))) for i in range(200)]
    ),
    "ICC": lambda: png_with(png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000), 1))),
    "frames": lambda: saved(
        Image.new("P", (2000, 2000)),
        "GIF",
        save_all=True,
        append_images=[Image.new("P", (2000, 2000), 1)] * 100,
    ),
    "PNG": lambda: saved(black(), "PNG"),
    "16-bit": lambda: saved(Image.fromarray(np.zeros((4900, 4900), np.uint16)), "PNG"),
    "TIFF": lambda: saved(black(), "TIFF", compression="tiff_adobe_deflate"),
    "HEIF": lambda: saved(black(), "HEIF", quality=10, enc_params={"preset": "ultrafast"}),
    "AVIF": lambda: saved(black(), "AVIF", quality=10, speed=10),
    "progressive": lambda: saved(Image.new("RGB", (9990, 4990)), "JPEG", progressive=True),
}
"""Makers of small files that take a lot of memory or time when they are decoded naively."""


MEASURE = """
import resource, sys, time
from serve.pictures import decoder
from serve.errors import PictureError
try:
    decoder.decode(open(sys.argv[2], "rb").read())  # a first one, so that all is loaded
except PictureError:
    pass
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
try:
    decoder.decode(open(sys.argv[1], "rb").read())
    said = "answered"
except PictureError as error:
    said = "refused: " + error.message
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((peak - idle) / 1024, time.perf_counter() - started, said)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_little_memory_and_time(name: str, tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(BOMBS[name]())
    (tmp_path / "plain").write_bytes(png_with())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "bomb"), str(tmp_path / "plain")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    memory, seconds, _said = done.stdout.split(maxsplit=2)
    assert float(memory) < MOST_MEMORY, done.stdout
    assert float(seconds) < MOST_SECONDS, done.stdout
