"""Everything is a picture or a refusal: cut, flipped and spliced files, and bombs."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from serve import picture
from serve.errors import PictureError
from tests.conftest import ROOT

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
MOST_MEMORY = 300
"""MiB above idle, for any one picture."""
MOST_SECONDS = 10


@cache
def seeds(kind: str) -> list[bytes]:
    """Real files of a format: small, of several modes, with metadata and a second frame."""
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
        pixels = picture.decode(content)
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


BOMBS = ["text", "texts", "ICC", "frames", "PNG", "16-bit", "TIFF", "HEIF", "AVIF", "progressive"]


def bombs() -> dict[str, bytes]:
    """Small files that would unpack to a great deal."""
    large = zlib.compress(bytes(300_000_000), 9)
    small = zlib.compress(bytes(1_000_000), 9)
    frames = io.BytesIO()
    blank = Image.new("P", (2000, 2000))
    blank.save(frames, "GIF", save_all=True, append_images=[Image.new("P", (2000, 2000), 1)] * 300)
    lossless = io.BytesIO()
    Image.new("RGB", (4990, 4990)).save(lossless, "PNG", compress_level=9)
    deep = io.BytesIO()
    Image.fromarray(np.zeros((4900, 4900), np.uint16)).save(deep, "PNG")
    tiff = io.BytesIO()
    Image.new("RGB", (4990, 4990)).save(tiff, "TIFF", compression="tiff_adobe_deflate")
    pillow_heif.register_heif_opener()
    heif = io.BytesIO()
    Image.new("RGB", (4990, 4990)).save(heif, "HEIF", quality=10)
    avif = io.BytesIO()
    Image.new("RGB", (4990, 4990)).save(avif, "AVIF", quality=10, speed=10)
    jpeg = io.BytesIO()
    Image.new("RGB", (9990, 4990)).save(jpeg, "JPEG", progressive=True)
    return {
        "text": png_with(png_chunk(b"zTXt", b"a\0\0" + large)),
        "texts": png_with(*[png_chunk(b"zTXt", b"a%d\0\0" % i + small) for i in range(200)]),
        "ICC": png_with(png_chunk(b"iCCP", b"a\0\0" + large)),
        "frames": frames.getvalue(),
        "PNG": lossless.getvalue(),
        "16-bit": deep.getvalue(),
        "TIFF": tiff.getvalue(),
        "HEIF": heif.getvalue(),
        "AVIF": avif.getvalue(),
        "progressive": jpeg.getvalue(),
    }


MEASURE = """
import resource, sys, time
from serve import picture
from serve.errors import PictureError
try:
    picture.decode(open(sys.argv[2], "rb").read())  # a first one, so that all is loaded
except PictureError:
    pass
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
try:
    picture.decode(open(sys.argv[1], "rb").read())
    said = "answered"
except PictureError as error:
    said = "refused: " + error.message
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((peak - idle) / 1024, time.perf_counter() - started, said)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_little_memory_and_time(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "bombs"
    if not folder.exists():
        folder.mkdir()
        for each, content in bombs().items():
            (folder / each).write_bytes(content)
        (folder / "plain").write_bytes(png_with())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder / name), str(folder / "plain")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    memory, seconds, _said = done.stdout.split(maxsplit=2)
    assert float(memory) < MOST_MEMORY, done.stdout
    assert float(seconds) < MOST_SECONDS, done.stdout
