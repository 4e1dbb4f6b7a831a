"""How many bytes and pixels a picture may have. Everything is checked before a pixel is decoded.

Decoding one picture may take 300 MB. The formats need different amounts of memory for a pixel, so
each has a limit of its own.
"""

from __future__ import annotations

from serve.errors import PictureTooLarge, TooManyPixels

LARGEST_BYTES = 20_000_000
LARGEST_PIXELS = {
    # A JPEG is decoded at a fraction of its size.
    "JPEG": 110_000_000,
    "MPO": 110_000_000,
    "PNG": 65_000_000,
    "GIF": 65_000_000,
    "HEIF": 55_000_000,
    # Measured: 13 bytes a pixel while libwebp decodes, whatever the picture holds.
    "WEBP": 20_000_000,
}
OTHERS_PIXELS = 25_000_000
"""The limit of the formats that are not in `LARGEST_PIXELS`."""
MOST_MEMORY = 270_000_000
"""Bytes that the pixels of one picture may take while it is decoded. Buffers come on top."""
_NAMES = {"WEBP": "WebP", "HEIF": "HEIC", "MPO": "JPEG"}


def name_of(kind: str) -> str:
    """The name of a format as people write it."""
    return _NAMES.get(kind, kind)


def check_bytes(size: int, complete: bool = True) -> None:
    """Raise `PictureTooLarge` if `size` bytes are too many for one picture.

    `complete` tells whether `size` counts the whole picture, or only what has arrived so far.
    """
    if size > LARGEST_BYTES:
        excess = f"{size:,} bytes, more than the limit of" if complete else "more than the limit of"
        raise PictureTooLarge(
            f"the picture has {excess} {LARGEST_BYTES:,} bytes; send a smaller or more strongly "
            "compressed picture"
        )


def check_pixels(kind: str, width: int, height: int, bytes_per_pixel: float = 1) -> None:
    """Raise `TooManyPixels` for more pixels than a picture of this format and depth may have."""
    most = LARGEST_PIXELS.get(kind, OTHERS_PIXELS)
    which = name_of(kind)
    if MOST_MEMORY / bytes_per_pixel < most:
        most = int(MOST_MEMORY / bytes_per_pixel)
        which += f" that takes {bytes_per_pixel:g} bytes of memory a pixel"
    if width * height > most:
        raise TooManyPixels(
            f"the picture has {width} x {height} pixels, and the limit is {most // 1_000_000} "
            f"million for a {which}; send a smaller picture"
        )


def check_webp(content: bytes) -> None:
    """Raise `TooManyPixels` for a large WebP from its header alone.

    Pillow takes memory for all pixels of a WebP as soon as it opens one. The header has three
    layouts: https://developers.google.com/speed/webp/docs/riff_container
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return
    kind, header = content[12:16], content[20:30]
    if kind == b"VP8X":
        width = int.from_bytes(header[4:7], "little") + 1
        height = int.from_bytes(header[7:10], "little") + 1
    elif kind == b"VP8L":
        bits = int.from_bytes(header[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width = int.from_bytes(header[6:8], "little") & 0x3FFF
        height = int.from_bytes(header[8:10], "little") & 0x3FFF
    check_pixels("WEBP", width, height)
