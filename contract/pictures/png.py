"""The chunks of a PNG file: what its pixels need, and what its colours mean.

Pillow refuses a whole file for what is wrong in a chunk that no pixel needs: a checksum, a damaged
EXIF block, a long text. It gets none of those chunks from here; browsers ignore them, too.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST_PROFILE = 4_000_000
"""Bytes of a colour profile. The longest in use, for printing presses, have about 3 million."""
_END = b"\0\0\0\0IEND\xaeB`\x82"
_AT_ONCE = 1_000_000
_GRAY, _RGB, _PALETTE = 0, 2, 3
_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS")
# Chunks that cost next to nothing to read. All others may be long, or have to be unpacked.
_QUICK = {*_NEEDED, b"sRGB", b"gAMA", b"cHRM", b"cICP", b"sBIT", b"bKGD", b"pHYs", b"tIME", b"eXIf"}

Chunk = tuple[bytes, int, int]
"""The kind of a chunk, where its data start, and where they end."""


class Png(NamedTuple):
    """A PNG file taken apart."""

    content: bytes
    """The file with nothing in it but what its pixels need."""
    exif: bytes | None = None
    profile: bytes | None = None
    """The colour profile of the iCCP chunk, unpacked."""
    code_points: tuple[int, int] | None = None
    """Primaries and transfer function of the cICP chunk, as ITU-T H.273 numbers them."""
    gamma: float | None = None
    chromaticities: tuple[float, ...] | None = None
    """x and y of white, red, green and blue."""
    is_plain: bool = False
    """Whether the file says nothing about its colours and holds no EXIF."""


def chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks up to IEND, or up to the first that is not whole; that one with what is there."""
    at, size = len(SIGNATURE), len(content)
    while at + 8 <= size:
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind, at + 8, min(at + 8 + length, size)
        at += length + 12
        if kind == b"IEND":
            return


def is_quick(content: bytes, most_bytes: int, largest_side: int) -> bool:
    """Whether this is a PNG that takes less time to decode than it takes to wake a thread.

    Its first chunk claims few pixels, it is not long, and no chunk has to be unpacked but pixels.
    """
    if len(content) > most_bytes or not content.startswith(SIGNATURE + b"\0\0\0\rIHDR"):
        return False
    if len(content) < 24 or max(struct.unpack_from(">II", content, 16)) > largest_side:
        return False
    kinds = [kind for kind, _, _ in chunks(content)]
    return _QUICK.issuperset(kinds) and kinds.count(b"IHDR") == 1


def _is_bare(content: bytes) -> bool:
    """Whether the file has a header, one chunk of pixels, an end, and nothing else; CIFAR's have.

    It saves a sixth of the time that such a picture takes.
    """
    if content[37:41] != b"IDAT":
        return False
    end = 45 + int.from_bytes(content[33:37], "big")
    return content[end:] == _END and content[12:16] == b"IHDR"


def take_apart(content: bytes) -> Png:
    """The parts of a file that begins as a PNG. Never fails: what is damaged is left out."""
    if _is_bare(content):
        return Png(content, is_plain=True)
    kept: list[bytes] = [SIGNATURE]
    found: dict[bytes, bytes] = {}
    plain = True
    for kind, start, end in chunks(content):
        if kind == b"IDAT" or kind == b"IEND":
            kept.append(content[start - 8 : end + 4])
        elif kind in found:
            plain = False  # of several, the first counts, as in browsers
        elif kind == b"IHDR" or kind == b"PLTE":
            found[kind] = content[start:end]
            kept.append(content[start - 8 : end + 4])
        else:
            plain = False
            data = content[start:end]
            if zlib.crc32(kind + data) != int.from_bytes(content[end : end + 4], "big"):
                continue
            if kind in (b"tRNS", b"eXIf", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP"):
                found[kind] = data
            if kind == b"tRNS" and (transparent := _transparent(data, found.get(b"IHDR", b""))):
                kept.append(_chunk(kind, transparent))
    if plain:
        return Png(content, is_plain=True)
    return _with_colours(Png(b"".join(kept), exif=found.get(b"eXIf")), found)


def share_there(content: bytes) -> float:
    """The share of the rows that a file which is cut short holds; 0 for an interlaced one, whose
    rows do not come in their order."""
    header = content[16:29]
    if len(header) < 13 or header[12]:
        return 0.0
    width, height, depth, colour = struct.unpack_from(">IIBB", header)
    channels = {_GRAY: 1, _RGB: 3, _PALETTE: 1, 4: 2, 6: 4}.get(colour, 1)
    row = 1 + -(-width * depth * channels // 8)
    there, unpacking = 0, zlib.decompressobj()
    try:
        for kind, start, end in chunks(content):
            data = content[start:end] if kind == b"IDAT" else b""
            while data and there < row * height:
                there += len(unpacking.decompress(data, _AT_ONCE))
                data = unpacking.unconsumed_tail
    except zlib.error:  # damaged from here on
        pass
    return min(there // row, height) / height if height else 0.0


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def _transparent(data: bytes, header: bytes) -> bytes | None:
    """The tRNS chunk in the scale in which Pillow compares it with pixels of at most 8 bits.

    16-bit gray stays as it is. Pillow keeps the upper 8 bits of 16-bit colours.
    """
    if len(header) < 10:
        return None
    depth, colour = header[8], header[9]
    if colour == _PALETTE:
        return data[:256]
    count = {_GRAY: 1, _RGB: 3}.get(colour, 0)
    if not count or len(data) < 2 * count:
        return None
    values = [value & (1 << depth) - 1 for value in struct.unpack_from(f">{count}H", data)]
    if depth == 16 and colour == _RGB:
        values = [value >> 8 for value in values]
    elif depth in (2, 4):
        values = [value * 255 // ((1 << depth) - 1) for value in values]
    return struct.pack(f">{count}H", *values)


def _with_colours(png: Png, found: dict[bytes, bytes]) -> Png:
    """With what the chunks say about colours. Where several say something, only the first in the
    order that the PNG standard gives: cICP, iCCP, sRGB, then gAMA and cHRM together."""
    if len(code_points := found.get(b"cICP", b"")) == 4:
        return png._replace(code_points=(code_points[0], code_points[1]))
    if profile := _unpacked(found.get(b"iCCP", b"")):
        return png._replace(profile=profile)
    if b"sRGB" in found:
        return png
    if len(gamma := found.get(b"gAMA", b"")) == 4:
        png = png._replace(gamma=int.from_bytes(gamma, "big") / 100_000)
    if len(points := found.get(b"cHRM", b"")) == 32:
        values = tuple(value / 100_000 for value in struct.unpack(">8I", points))
        png = png._replace(chromaticities=values)
    return png


def _unpacked(data: bytes) -> bytes | None:
    _, _, packed = data.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed[1:], LONGEST_PROFILE + 1)
    except zlib.error:
        return None
    return profile if 0 < len(profile) <= LONGEST_PROFILE else None
