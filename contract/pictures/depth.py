"""Samples of all kinds as 8 bits a channel, in a mode that Pillow resizes cleanly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from contract.pictures.errors import BrokenPicture, UnknownFormat

Plain = Callable[[Image.Image], Image.Image]
"""Makes a part of a picture one of 8 bits a channel: RGB, RGBA, L, CMYK or LAB."""
_SIXTEEN = ("I;16", "I;16L", "I;16B", "I;16N")
_BITS, _PHOTOMETRIC, _COMPRESSION = 258, 262, 259
_LARGEST_SAMPLE, _SAMPLE_FORMAT = 281, 339
_MIN_IS_WHITE = 0
_KINDS = {1: "unsigned integer", 2: "signed integer", 3: "floating-point", 5: "complex integer"}
_ADVICE = "save the picture with 8 or 16 bits a channel and upload it once more"


def plain_for(image: Image.Image, keep_cmyk: bool) -> Plain:
    """How to make parts of this loaded picture plain. Raises `UnknownFormat` for samples whose
    range nobody knows. `keep_cmyk` leaves CMYK as it is, for a colour profile."""
    if image.mode in _SIXTEEN:
        return _sixteen_bits(image)
    if image.mode == "I":
        raise UnknownFormat(
            f"the {image.format} picture has {_samples(image)}, whose range the file does not "
            f"tell; {_ADVICE}"
        )
    if image.mode == "F":
        return _floating_point(image)
    if image.has_transparency_data:
        return _as_it_is if image.mode == "RGBA" else _to_rgba
    if image.mode in ("RGB", "L", "LAB") or (image.mode == "CMYK" and keep_cmyk):
        return _as_it_is
    return _to_rgb


def unreadable_samples(tags: dict[int, tuple[int, ...]]) -> str:
    """What a TIFF that Pillow cannot read holds, given the tags of its first picture."""
    bits = tags.get(_BITS, (1,))
    kind = _KINDS.get(tags.get(_SAMPLE_FORMAT, (1,))[0], "unknown")
    channels = f" in {len(bits)} channels" if len(bits) > 1 else ""
    photometric = tags.get(_PHOTOMETRIC, ("unknown",))[0]
    compression = tags.get(_COMPRESSION, (1,))[0]
    return (
        f"the TIFF picture has {bits[0]}-bit {kind} samples{channels} (photometric interpretation "
        f"{photometric}, compression {compression}), which cannot be read here; {_ADVICE}"
    )


def _as_it_is(part: Image.Image) -> Image.Image:
    return part


def _to_rgb(part: Image.Image) -> Image.Image:
    return part if part.mode == "RGB" else part.convert("RGB")


def _to_rgba(part: Image.Image) -> Image.Image:
    return part.convert("LA").convert("RGBA") if part.mode == "La" else part.convert("RGBA")


def _sixteen_bits(image: Image.Image) -> Plain:
    """Gray with more than 8 bits. Pillow's own `convert` would clip all above 255 to white."""
    tags = _tags(image)
    bits = tags.get(_BITS, (16,))[0]
    full = tags.get(_LARGEST_SAMPLE, ((1 << bits) - 1,))[0] or 65535
    inverted = tags.get(_PHOTOMETRIC, (1,))[0] == _MIN_IS_WHITE
    transparent = image.info.get("transparency")

    def plain(part: Image.Image) -> Image.Image:
        values = np.asarray(part)
        gray = _scaled(values * np.float32(255 / full), inverted)
        if not isinstance(transparent, int):
            return gray
        alpha = Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8))
        return Image.merge("LA", (gray, alpha)).convert("RGBA")

    return plain


def _floating_point(image: Image.Image) -> Plain:
    """Gray from 0 to 1, as is the custom. Nothing tells what else such samples would mean."""
    inverted = _tags(image).get(_PHOTOMETRIC, (1,))[0] == _MIN_IS_WHITE
    extrema = image.getextrema()
    low, high = (float(extrema[0]), float(extrema[1]))  # type: ignore[arg-type]
    if low < 0 or high > 1:
        raise UnknownFormat(
            f"the {image.format} picture has {_samples(image)} from {low:g} to {high:g}, and only "
            f"those from 0 to 1 can be read; {_ADVICE}"
        )

    def plain(part: Image.Image) -> Image.Image:
        values = np.asarray(part)
        if not np.isfinite(values).all():
            raise BrokenPicture(
                "the picture contains NaN or infinite pixel values; save it again with finite "
                "values"
            )
        return _scaled(values * np.float32(255), inverted)

    return plain


def _scaled(values: NDArray[np.float32], inverted: bool) -> Image.Image:
    if inverted:
        values = 255 - values
    return Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8))


def _samples(image: Image.Image) -> str:
    tags = _tags(image)
    kind = _KINDS.get(tags.get(_SAMPLE_FORMAT, (1,))[0], "unknown")
    return f"{tags.get(_BITS, (32,))[0]}-bit {kind} samples"


def _tags(image: Image.Image) -> dict[int, tuple[int, ...]]:
    """The tags of a TIFF with whole numbers; no tags for other formats."""
    found: dict[int, tuple[int, ...]] = {}
    for tag in (_BITS, _PHOTOMETRIC, _LARGEST_SAMPLE, _SAMPLE_FORMAT):
        value = getattr(image, "tag_v2", {}).get(tag)
        values = value if isinstance(value, tuple) else (value,)
        if values and all(isinstance(each, int) for each in values):
            found[tag] = values
    return found
