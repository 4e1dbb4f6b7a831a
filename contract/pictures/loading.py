"""Decodes what there is of a picture: JPEG and PNG files that are cut short, too, as browsers do.

Pillow has a switch for such files, for the whole process and for all of its formats. This does it
for one picture, and tells how much of it was there.
"""

from __future__ import annotations

from PIL import Image

from contract.cifar10 import PICTURE_SIZE
from contract.pictures import jpeg, png
from contract.pictures.errors import BrokenPicture
from contract.pictures.opening import name_of, opened

SMALLEST_SHARE = 0.5
"""The share of a picture's rows that must be there for it to be answered."""
# The shorter side of a JPEG decoded at reduced scale. Eight times the target antialiases cleanly.
_DRAFT_SIDE = 8 * PICTURE_SIZE


def loaded(image: Image.Image, content: bytes) -> tuple[Image.Image, float | None]:
    """The decoded picture, and the share of its rows that is there; None for a whole file.

    A JPEG is decoded at a reduced scale.
    """
    is_jpeg = image.format in ("JPEG", "MPO")
    if is_jpeg:
        _draft(image)
    try:
        image.load()
        if not is_jpeg or jpeg.has_end(content):
            return image, None
    except OSError as error:
        if "truncated" not in str(error) or not (is_jpeg or image.format == "PNG"):
            raise
    if is_jpeg:
        # With an end marker after what is there, libjpeg shows as much as a browser does.
        image = opened(content + jpeg.END, "JPEG")
        _draft(image)
        image.load()
        share = jpeg.share_there(image)
    else:
        image.tile = []  # type: ignore[attr-defined]  # what was decoded is in the picture
        share = png.share_there(content)
    if share < SMALLEST_SHARE:
        raise BrokenPicture(
            f"the {name_of(str(image.format))} picture is cut short: only the upper "
            f"{share:.0%} of it is there; upload the whole file"
        )
    return image, share


def note(share: float) -> str:
    """What to tell the sender of a file that is cut short, as a sentence."""
    if share < 1:
        return f"The file is cut short: the lower {1 - share:.0%} of the picture is missing."
    return "The file is cut short at its very end: all rows of the picture could be read."


def without_missing(small: Image.Image, share: float, width: int, height: int) -> Image.Image:
    """The small picture with white, as on a page, where the rows of the large one are missing."""
    side = min(width, height)
    first = int((share * height - (height - side) / 2) / side * small.height)
    if first < small.height:
        small.paste((255, 255, 255), (0, max(first, 0), *small.size))
    return small


def _draft(image: Image.Image) -> None:
    shorter = min(image.size)
    if shorter > _DRAFT_SIDE:
        scale = _DRAFT_SIDE / shorter
        image.draft(None, (round(image.width * scale), round(image.height * scale)))
