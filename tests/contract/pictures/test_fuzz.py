"""Any bytes give pixels or a `PictureError`: cut, changed and spliced files."""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from contract.pictures import decoder
from contract.pictures.errors import PictureError
from contract.pictures.png import take_apart
from tests.contract.pictures.files import chunk, colourful_png, encoded, read

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")


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
    image = Image.fromarray(noise[..., :3])
    if kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
        profile = take_apart(read("display-p3.png")).profile
        found.append(encoded(image, kind, icc_profile=profile))
    if kind == "PNG":
        found += [read("gray16-transparent.png"), colourful_png(chunk(b"cICP", b"\x0c\x0d\0\1"))]
        found.append(colourful_png(chunk(b"gAMA", struct.pack(">L", 50_000))))
    if kind == "TIFF":
        for depth in ("uint16", "float32"):
            found.append(encoded(Image.fromarray(noise[..., 0].astype(depth)), kind))
    if kind == "HEIF":
        found.append(read("exif6-and-irot.heic"))
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
