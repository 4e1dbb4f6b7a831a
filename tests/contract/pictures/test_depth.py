"""Samples of every depth: the right pixels, or an error that names the samples."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from contract.pictures import decoder
from contract.pictures.errors import BrokenPicture, UnknownFormat
from tests.contract.pictures.files import Array, chunk, colourful, encoded, png, read

BITS, PHOTOMETRIC, LARGEST, FORMAT = 258, 262, 281, 339


def tiff(values: Array, bits: int, **tags: int | tuple[int, ...]) -> bytes:
    """An uncompressed TIFF of `values` as they lie in memory, tag by tag, little-endian."""
    data = values.tobytes()
    height, width, *channels = values.shape
    count = channels[0] if channels else 1
    fields: dict[int, tuple[int, ...]] = {
        256: (width,),
        257: (height,),
        BITS: (bits,) * count,
        259: (1,),
        PHOTOMETRIC: (2 if count > 1 else 1,),
        273: (0,),
        277: (count,),
        278: (height,),
        279: (len(data),),
    }
    for name, value in tags.items():
        fields[int(name[1:])] = value if isinstance(value, tuple) else (value,)
    at = 8 + 2 + 12 * len(fields) + 4
    extra = b""
    entries = b""
    for tag, each in sorted(fields.items()):
        entry = struct.pack("<HHL", tag, 4, len(each))
        if tag == 273:
            each = (0xFFFFFFFF,)
        if len(each) == 1:
            entries += entry + struct.pack("<L", each[0])
        else:
            entries += entry + struct.pack("<L", at + len(extra))
            extra += struct.pack(f"<{len(each)}L", *each)
    entries = entries.replace(b"\xff\xff\xff\xff", struct.pack("<L", at + len(extra)))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(fields)) + entries + bytes(4) + extra + data


def flat(value: float, kind: str) -> Array:
    return np.full((40, 40), value, kind)


def gray(content: bytes) -> int:
    pixels = decoder.decode(content)
    assert (pixels == pixels[0, 0, 0]).all()
    return int(pixels[0, 0, 0])


def test_sixteen_bit_gray_with_transparency() -> None:
    content = read("gray16-transparent.png")
    pixels = decoder.decode(content)
    stored = np.asarray(Image.open(io.BytesIO(content)))
    clear = stored == stored[0, 0]
    assert (pixels[clear] == 255).all()
    right = np.round(stored / 257)[..., None]
    assert np.abs(pixels.astype(int) - right)[~clear].max() <= 1
    assert clear.any()
    assert not clear.all()


@pytest.mark.parametrize(("depth", "value"), [(2, 1), (4, 3), (8, 9), (16, 2000)])
def test_the_transparent_gray_is_in_the_scale_of_the_file(depth: int, value: int) -> None:
    per_row = 32 * depth // 8
    row = value.to_bytes(2, "big") * 32 if depth == 16 else bytes(per_row)
    if depth < 16:
        packed = sum(value << shift for shift in range(0, 8, depth))
        row = bytes([packed]) * per_row
    declared = chunk(b"tRNS", struct.pack(">H", value))
    assert gray(png([row] * 32, depth, 0, declared)) == 255
    other = chunk(b"tRNS", struct.pack(">H", value - 1))
    assert gray(png([row] * 32, depth, 0, other)) == round(255 * value / ((1 << depth) - 1))


def test_a_transparent_colour_with_16_bits() -> None:
    rows = [(row.astype(">u2") * 257).tobytes() for row in colourful()]
    colour = [int(value) * 257 for value in colourful()[5, 7]]
    pixels = decoder.decode(png(rows, 16, 2, chunk(b"tRNS", struct.pack(">3H", *colour))))
    right = colourful().copy()
    right[5, 7] = 255
    assert np.array_equal(pixels, right)


@pytest.mark.parametrize("value", [0, 1000, 4095])
def test_12_bits_in_16(value: int) -> None:
    right = round(value * 255 / 4095)
    assert gray(tiff(flat(value, "<u2"), 16, _281=4095)) == right
    assert gray(tiff(flat(value, "<u2"), 16)) == round(value / 257)


def test_packed_12_bits() -> None:
    """Two samples in three bytes."""
    packed = np.frombuffer(bytes([0x80, 0x08, 0x00]) * 800, np.uint8).reshape(40, 60)
    content = tiff(packed, 12).replace(
        struct.pack("<HHLL", 256, 4, 1, 60), struct.pack("<HHLL", 256, 4, 1, 40)
    )
    assert gray(content) == round(0x800 * 255 / 4095)


@pytest.mark.parametrize(("value", "right"), [(0, 255), (65535, 0), (16384, 191)])
def test_inverted_16_bits(value: int, right: int) -> None:
    assert gray(tiff(flat(value, "<u2"), 16, _262=0)) == right
    assert gray(tiff(flat(value, "<u2"), 16, _262=1)) == 255 - right


@pytest.mark.parametrize(("value", "right"), [(0.0, 0), (0.2, 51), (1.0, 255)])
def test_floating_point_from_0_to_1(value: float, right: int) -> None:
    assert gray(tiff(flat(value, "<f4"), 32, _339=3)) == right
    assert gray(tiff(flat(value, "<f4"), 32, _339=3, _262=0)) == 255 - right


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (tiff(flat(200, "<u4"), 32), "32-bit unsigned integer samples"),
        (tiff(flat(-5, "<i4"), 32, _339=2), "32-bit signed integer samples"),
        (tiff(flat(-5, "<i2"), 16, _339=2), "16-bit signed integer samples"),
        (tiff(flat(255, "<f4"), 32, _339=3), "32-bit floating-point samples from 255 to 255"),
        (tiff(flat(-0.5, "<f4"), 32, _339=3), "32-bit floating-point samples from -0.5 to -0.5"),
        (tiff(flat(-0.5, "<f8"), 64, _339=3), "64-bit floating-point samples"),
        (
            tiff(np.zeros((40, 40, 3), "<f4"), 32, _339=(3, 3, 3)),
            "32-bit floating-point samples in 3 channels",
        ),
        (
            tiff(np.zeros((40, 40, 3), "<u4"), 32, _339=(1, 1, 1)),
            "32-bit unsigned integer samples in 3 channels",
        ),
    ],
)
def test_other_samples_are_refused_by_their_name(content: bytes, name: str) -> None:
    with pytest.raises(UnknownFormat, match=name) as caught:
        decoder.decode(content)
    assert "save the picture with 8 or 16 bits" in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_numbers_are_refused(value: float) -> None:
    values = flat(0.5, "<f4")
    values[20, 20] = value
    with pytest.raises((BrokenPicture, UnknownFormat), match=r"NaN or infinite|to inf"):
        decoder.decode(tiff(values, 32, _339=3))


def test_a_large_16_bit_picture_is_scaled_as_a_small_one_is() -> None:
    ramp = np.tile(np.linspace(0, 65535, 1500), (1500, 1)).astype(np.uint16)
    found = decoder.decode(encoded(Image.fromarray(ramp), "PNG"))[16, :, 0].astype(int)
    assert np.abs(found - (np.arange(32) + 0.5) * 255 / 32).max() <= 4


def test_pillow_reads_what_the_tests_write() -> None:
    with Image.open(io.BytesIO(tiff(flat(7, "<u2"), 16))) as opened:
        assert isinstance(opened, TiffImagePlugin.TiffImageFile)
        assert opened.mode == "I;16"
