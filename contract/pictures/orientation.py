"""How a picture is to be turned. A damaged orientation counts as none."""

from __future__ import annotations

import struct

from PIL import Image

_TAG = 0x0112
_SHORT = 3
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as it is to be seen, given its EXIF orientation."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def of_exif(exif: bytes | None) -> int:
    """The orientation in a block of EXIF, 1 to 8; 1 where there is none or the block is damaged.

    Pillow's own reader raises on damaged blocks, and reads all of them.
    """
    if not exif:
        return 1
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}L", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHLH", exif, entry)
            if tag == _TAG:
                return value if kind == _SHORT and value in _TURNS else 1
    except struct.error:  # it points outside of the block
        return 1
    return 1


def exif_turns_heic(content: bytes) -> bool:
    """Whether the EXIF orientation of a HEIC file turns the picture.

    A HEIC file has boxes of its own that turn it (`irot` and `imir`), which libheif applies. Phones
    write EXIF beside them, with the same meaning. The standard for such files (MIAF, the brand
    `miaf`) says that EXIF turns nothing. Older or converted files have neither the boxes nor the
    brand, and Apple's viewers turn those by EXIF: https://github.com/strukturag/libheif/issues/677
    """
    brands = content[8 : int.from_bytes(content[:4], "big")]
    start = content.find(b"meta") - 4
    meta = content[start : start + int.from_bytes(content[max(start, 0) : start + 4], "big")]
    return not (b"miaf" in brands or b"irot" in meta or b"imir" in meta)
