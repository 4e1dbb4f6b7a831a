"""What no pixel needs does not stop a picture, and its orientation turns it once."""

from __future__ import annotations

import asyncio
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from contract.pictures import decoder
from contract.pictures.errors import BrokenPicture
from contract.pictures.png import is_quick
from serve import decoding
from tests.contract.pictures.files import (
    Array,
    chunk,
    colourful,
    colourful_png,
    distance,
    encoded,
    read,
)

GARBAGE = {"short": b"II*\0", "noise": b"Exif\0\0noise noise", "far": b"II*\0\xff\xff\xff\x7f"}
GARBAGE["points outside"] = b"MM\0*\0\0\0\x08\xff\xff" + bytes(30)


def good() -> Array:
    return decoder.decode(read("good.png")).astype(int)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("ancillary-crc.png", 0.5),
        ("exif-cut.png", 0.5),
        ("exif-garbage.webp", 3),
        ("text-2mb.png", 0.5),
        ("display-p3.png", 3),
        ("last-2-bytes-missing.jpg", 5),
    ],
)
def test_files_that_browsers_show(name: str, most: float) -> None:
    assert distance(read(name), good()) < most


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "HEIF", "AVIF"])
def test_damaged_exif_turns_nothing(kind: str, garbage: str) -> None:
    image = Image.fromarray(colourful(64))
    right = decoder.decode(encoded(image, kind)).astype(int)
    exif = Image.Exif()
    exif[0x0112] = 6
    if kind == "AVIF":  # Pillow would put the orientation into a box
        exif = Image.Exif()
        exif[0x010E] = "a description"
    whole = exif.tobytes()
    bad = (GARBAGE[garbage] + bytes(len(whole)))[: len(whole)]
    plain = whole.removeprefix(b"Exif\0\0")
    if kind == "HEIF":  # pillow_heif would write a box that turns, too
        exif[0x0112] = 1
        whole, plain = exif.tobytes(), exif.tobytes().removeprefix(b"Exif\0\0")
    content = encoded(image, kind, exif=whole)
    assert plain in content
    spoilt = content.replace(plain, bad[: len(plain)].ljust(len(plain), b"\0"))
    if kind == "PNG":
        at = spoilt.index(b"eXIf")
        end = at + 4 + int.from_bytes(spoilt[at - 4 : at], "big")
        checksum = struct.pack(">I", zlib.crc32(spoilt[at:end]))
        spoilt = spoilt[:end] + checksum + spoilt[end + 4 :]
    assert distance(spoilt, right) < 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_long_texts_and_profiles_are_not_unpacked(kind: bytes, after: bool) -> None:
    packed = zlib.compress(bytes(100_000_000), 9)
    data = b"a\0\1\0\0\0" + packed if kind == b"iTXt" else b"a\0\0" + packed
    long = chunk(kind, data)
    content = colourful_png(after=long) if after else colourful_png(long)
    started = time.perf_counter()
    assert np.array_equal(decoder.decode(content), colourful())
    assert time.perf_counter() - started < 0.2


@pytest.mark.parametrize("kind", [b"gAMA", b"tRNS", b"eXIf", b"iCCP", b"tEXt", b"pHYs", b"acTL"])
@pytest.mark.parametrize("data", [b"", b"\0", bytes(8), bytes(26), b"\xff" * 40])
def test_no_ancillary_chunk_makes_a_png_no_picture(kind: bytes, data: bytes) -> None:
    whole = chunk(kind, data)
    for each in (whole, whole[:-1] + bytes([whole[-1] ^ 1])):
        assert distance(colourful_png(each), colourful()) < 60  # gAMA and tRNS may mean something


def test_a_damaged_png_is_called_damaged() -> None:
    content = bytearray(colourful_png())
    content[29] ^= 1  # the checksum of the header
    with pytest.raises(BrokenPicture, match="the PNG picture's header is damaged"):
        decoder.decode(bytes(content))


def heic(rotation: bool, miaf: bool) -> bytes:
    """The upright picture with EXIF orientation 6."""
    content = read("exif6-and-irot.heic")
    if not rotation:  # the box becomes an unknown one, which may be ignored
        assert content.count(b"irot") == content.count(b"\x81\x02\x03\x04\x85") == 1
        content = content.replace(b"irot", b"free")
        content = content.replace(b"\x81\x02\x03\x04\x85", b"\x81\x02\x03\x04\x05")
    return content if miaf else content.replace(b"miaf", b"heic")


@pytest.mark.parametrize(
    ("rotation", "miaf", "turns"),
    [(True, True, True), (True, False, True), (False, True, False), (False, False, True)],
)
def test_a_heic_is_turned_once(rotation: bool, miaf: bool, turns: bool) -> None:
    """By its own box; without one, EXIF counts only where MIAF does not rule it out."""
    right = np.rot90(good(), -1) if turns else good()
    assert distance(heic(rotation, miaf), right) < 5


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    right = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a),
    }[turn](colourful())
    content = encoded(Image.fromarray(colourful()), "PNG", exif=exif)
    assert np.array_equal(decoder.decode(content), right)


def test_only_quick_pngs_are_decoded_on_the_event_loop() -> None:
    plain = colourful_png()
    assert is_quick(plain, 16_384, 128)
    assert is_quick(colourful_png(chunk(b"gAMA", bytes(4))), 16_384, 128)
    for kind in (b"zTXt", b"iTXt", b"tEXt", b"iCCP", b"acTL", b"fdAT", b"abcd"):
        assert not is_quick(colourful_png(chunk(kind, bytes(8))), 16_384, 128)
        assert not is_quick(colourful_png(after=chunk(kind, bytes(8))), 16_384, 128)
    assert not is_quick(plain, len(plain) - 1, 128)
    assert not is_quick(plain, 16_384, 31)
    assert not is_quick(plain[:33] + plain[8:], 16_384, 128)  # a second header
    text = struct.pack(">I", 8) + b"teXt" + struct.pack(">II", 32, 32) + bytes(4)
    assert not is_quick(plain[:8] + text + plain[8:], 16_384, 128)
    assert not is_quick(plain[:20], 16_384, 128)


def test_compressed_texts_do_not_hold_up_the_event_loop() -> None:
    texts = [chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000), 9)) for _ in range(14)]
    content = colourful_png(*texts)
    assert len(content) < 16_384

    async def longest_pause() -> float:
        await decoding.decode_all([content])  # starts the threads
        task = asyncio.create_task(decoding.decode_all([content] * 10))
        longest, last = 0.0, time.perf_counter()
        while not task.done():
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        return longest

    assert min(asyncio.run(longest_pause()) for _ in range(3)) < 0.02
