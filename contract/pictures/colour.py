"""Colours as the file means them, converted to sRGB, which the models were trained on.

What a file says in a way that cannot be used is ignored, as in browsers: its values then stay as
they are.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from contract.pictures.png import LONGEST_PROFILE, Png

Floats = NDArray[np.float64]
# Making a transform takes 5 ms, using it 1 ms, and photos of one phone all have the same profile.
_REMEMBERED_PROFILE = 16_384
_SPACES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_D65 = (0.3127, 0.3290)
_SRGB = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""x and y of white, red, green and blue, as everywhere here."""
# Numbered by ITU-T H.273, table 2. What is not here, such as HDR's transfer functions, is left raw.
_PRIMARIES = {
    1: _SRGB,
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
# BT.709 and its like are for cameras; screens undo them with 2.4 (BT.1886), and so does Chromium.
_EXPONENTS = {1: 2.4, 4: 2.2, 5: 2.8, 6: 2.4, 8: 1.0, 14: 2.4, 15: 2.4}
_SRGB_TRANSFER = 13
_USUAL_GAMMA = 0.45455
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_STEPS = 16_384


@dataclass(frozen=True)
class Colours:
    """What a file says about its colours: a profile, or primaries and a curve, or nothing."""

    profile: bytes | None = None
    primaries: tuple[float, ...] = _SRGB
    exponent: float | None = None
    """The power that makes stored values linear; None for sRGB's own curve."""

    @property
    def profile_mode(self) -> str | None:
        """The mode of the pixels that the profile is for; None without a profile to be used."""
        return _mode_of(self.profile) if self.profile else None


PLAIN = Colours()


def of_png(png: Png) -> Colours:
    """The colours of a PNG by its own chunks."""
    if png.profile:
        return Colours(profile=png.profile)
    if png.code_points:
        primaries, transfer = png.code_points
        if primaries in _PRIMARIES and transfer in (*_EXPONENTS, _SRGB_TRANSFER):
            return Colours(primaries=_PRIMARIES[primaries], exponent=_EXPONENTS.get(transfer))
    # As in Chromium: chromaticities count beside a gamma only, and the usual gamma alone is sRGB.
    if png.gamma and (png.chromaticities or abs(png.gamma - _USUAL_GAMMA) > 0.0005):
        return Colours(primaries=png.chromaticities or _SRGB, exponent=1 / png.gamma)
    return PLAIN


def of_info(info: Mapping[Any, Any]) -> Colours:
    """The colours of a picture of another format, by what Pillow or libheif found in it."""
    profile = info.get("icc_profile")
    if isinstance(profile, bytes) and 0 < len(profile) <= LONGEST_PROFILE:
        return Colours(profile=profile)
    numbered = info.get("nclx_profile")
    if isinstance(numbered, dict):
        # The primaries alone: cameras name BT.709's curve and mean sRGB's.
        return Colours(primaries=_PRIMARIES.get(int(numbered.get("color_primaries", 1)), _SRGB))
    return PLAIN


def to_srgb(image: Image.Image, colours: Colours) -> Image.Image:
    """A small picture in RGB, RGBA or L; it may come in CMYK or LAB, too."""
    if image.mode == "LAB":
        return _by_transform(image, _lab())
    if colours.profile:
        converted = _by_profile(image, colours.profile)
        return converted.convert("RGB") if converted.mode == "CMYK" else converted
    if colours == PLAIN:
        return image
    return _by_numbers(image, colours)


@cache
def _srgb() -> Any:
    return ImageCms.createProfile("sRGB")


@cache
def _lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")


def _mode_of(profile: bytes) -> str | None:
    return _SPACES.get(profile[16:20].decode("latin-1").strip())


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    needed = _mode_of(profile)
    if image.mode == "L" and needed == "RGB":
        image = image.convert("RGB")
    if needed is None or image.mode.removesuffix("A") != needed:
        return image
    make = _remembered if len(profile) <= _REMEMBERED_PROFILE else _transform
    transform = make(profile, image.mode)
    return image if transform is None else _by_transform(image, transform)


def _by_transform(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    return image if converted is None else converted


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """A transform to sRGB by LittleCMS; None if it cannot use the profile."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(
            opened,
            _srgb(),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
            renderingIntent=ImageCms.Intent.PERCEPTUAL,
        )
    except Exception:  # LittleCMS refuses damaged profiles in many ways
        return None


_remembered = lru_cache(maxsize=32)(_transform)


def _by_numbers(image: Image.Image, colours: Colours) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    gray = image.mode == "L"
    matrix = None if gray or colours.primaries == _SRGB else _to_srgb_matrix(colours.primaries)
    if not gray and matrix is None and colours.primaries != _SRGB:
        return image  # primaries that are no colours
    values = np.asarray(image if gray else image.convert("RGB"))
    linear = _linear(colours)[values]
    if matrix is not None:
        linear = linear @ matrix.T
    steps = (np.clip(linear, 0, 1) * (_STEPS - 1) + 0.5).astype(np.uint16)
    converted = Image.fromarray(_encoding()[steps])
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _linear(colours: Colours) -> Floats:
    """The light of each of the 256 stored values."""
    stored = np.arange(256) / 255
    if colours.exponent is not None:
        return np.asarray(stored**colours.exponent)
    return np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)


@cache
def _encoding() -> NDArray[np.uint8]:
    """sRGB's stored value for evenly spaced light."""
    light = np.arange(_STEPS) / (_STEPS - 1)
    stored = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (stored * 255).round().astype(np.uint8)


def _to_srgb_matrix(primaries: tuple[float, ...]) -> Floats | None:
    """From linear light in these primaries to linear sRGB; None if they are no primaries."""
    if min(primaries[1::2]) <= 0:
        return None
    try:
        # Bradford's adaptation, as in ICC profiles: white stays white.
        ours, white = _to_xyz(_SRGB)
        theirs, their_white = _to_xyz(primaries)
        scale = (_BRADFORD @ white) / (_BRADFORD @ their_white)
        adapted = np.linalg.inv(_BRADFORD) @ np.diag(scale) @ _BRADFORD @ theirs
        matrix = np.linalg.inv(ours) @ adapted
    except (np.linalg.LinAlgError, FloatingPointError):
        return None
    return np.asarray(matrix) if np.isfinite(matrix).all() else None


def _to_xyz(primaries: tuple[float, ...]) -> tuple[Floats, Floats]:
    points = np.array(primaries, float).reshape(4, 2)
    xyz = np.stack([points[:, 0], points[:, 1], 1 - points.sum(axis=1)]) / points[:, 1]
    white, colours = xyz[:, 0], xyz[:, 1:]
    return colours * np.linalg.solve(colours, white), white
