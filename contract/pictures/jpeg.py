"""The segments of a JPEG file: the memory that its scans need, and files that are cut short."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

END = b"\xff\xd9"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
# Application segments that Pillow needs: JFIF, colour profiles, Adobe's colour transform. EXIF has
# the number 1.
_NEEDED_APPLICATIONS = {0xE0, 0xE2, 0xEE}
_MIDDLE_GRAY, _TOLERANCE = 128, 1


def segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """The marker, start and end of every segment up to the first scan's header."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        yield marker, at, at + 2 + length
        at += 2 + length
        if marker == _SCAN:
            return


def bytes_per_pixel(content: bytes) -> float:
    """The memory that libjpeg needs for a pixel at any scale; 0 where it decodes row by row.

    It keeps the coefficients of the whole picture, two bytes each, if they come in several scans.
    """
    frame: tuple[int, bytes] | None = None
    for marker, start, end in segments(content):
        if marker in _FRAMES:
            frame = marker, content[start + 4 : end]
        elif marker == _SCAN and frame is not None:
            kind, header = frame
            if len(header) < 9:
                return 0
            samplings = [(each >> 4, each & 15) for each in header[7::3]]
            in_scan = content[start + 4] if start + 4 < len(content) else 0
            progressive = kind in (0xC2, 0xC6, 0xCA, 0xCE)
            if not progressive and in_scan >= len(samplings):
                return 0
            largest = max(h for h, _ in samplings) * max(v for _, v in samplings)
            return 2 * sum(h * v for h, v in samplings) / largest if largest else 0
    return 0


def has_end(content: bytes) -> bool:
    """Whether an end marker follows the first scan's header; more may follow it."""
    scan = next((at for marker, at, _ in segments(content) if marker == _SCAN), len(content))
    return content.rfind(END, scan) >= 0


def with_needed_segments(content: bytes) -> bytes:
    """The file without comments and without application segments that no pixel needs, EXIF too."""
    kept = [content[:2]]
    at = 2
    for marker, start, end in segments(content):
        is_application = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not is_application or marker in _NEEDED_APPLICATIONS:
            kept.append(content[start:end])
        at = end
    return b"".join([*kept, content[at:]])


def share_there(image: Image.Image) -> float:
    """The share of the rows of a picture that was cut short that are there.

    libjpeg makes all that is missing exactly middle gray.
    """
    step = max(1, image.width // 64)
    size = image.width // step, image.height
    columns = np.asarray(image.resize(size, Image.Resampling.NEAREST))
    is_gray = np.abs(columns.reshape(image.height, -1).astype(int) - _MIDDLE_GRAY) <= _TOLERANCE
    there = np.flatnonzero(~is_gray.all(axis=1))
    return float(there[-1] + 1) / image.height if len(there) else 0.0
