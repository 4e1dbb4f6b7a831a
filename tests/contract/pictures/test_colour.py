"""Colours as files mean them, against what Chromium shows of the same files."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from contract.pictures import decoder
from contract.pictures import png as png_chunks
from harness.chromium import PROGRAM, launched
from tests.contract.pictures.files import (
    Array,
    chunk,
    colourful,
    colourful_png,
    distance,
    encoded,
    png,
    read,
)

P3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
SRGB = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
PROPHOTO = (0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)


def profile() -> bytes:
    """Display P3's."""
    found = png_chunks.take_apart(read("display-p3.png")).profile
    assert found
    return found


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def primaries(*values: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *[round(value * 100_000) for value in values]))


def code_points(primary: int, transfer: int) -> bytes:
    return chunk(b"cICP", bytes([primary, transfer, 0, 1]))


def gray_rows() -> list[bytes]:
    return [row.tobytes() for row in colourful()[..., 0]]


def cmyk_profile() -> bytes:
    """A small printing profile: the colour of each full mixture of inks, in 8-bit Lab."""
    inks = {(1, 0, 0, 0): (56, -36, -43), (0, 1, 0, 0): (47, 70, -5), (0, 0, 1, 0): (88, -5, 90)}
    table = bytearray()
    for number in range(16):  # the last ink changes fastest
        mixture = tuple(number >> bit & 1 for bit in (3, 2, 1, 0))
        lightness, a, b = 95.0, 0.0, 2.0
        for ink, lab in inks.items():
            if any(has and is_it for has, is_it in zip(mixture, ink, strict=True)):
                lightness, a, b = min(lightness, lab[0]) - 8, (a + lab[1]) / 2, (b + lab[2]) / 2
        if mixture[3]:
            lightness, a, b = 12, 0, 0
        table += bytes([round(lightness * 2.55), round(a) + 128, round(b) + 128])
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *[65536 * (i % 4 == 0) for i in range(9)])
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + straight * 4 + table + straight * 3
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    white = b"XYZ " + bytes(4) + d50
    at = 128 + 4 + 2 * 12
    tags = struct.pack(">L4sLL4sLL", 2, b"wtpt", at, 20, b"A2B0", at + 20, len(lut))
    header = struct.pack(
        ">L4sL4s4s4s12s4s4sL4s4s8sL12s48s",
        at + 20 + len(lut),
        *(bytes(4), 0x02100000, b"prtr", b"CMYK", b"Lab "),
        *(struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", bytes(4), 0, bytes(4), bytes(4)),
        *(bytes(8), 0, d50, bytes(48)),
    )
    return header + tags + white + lut


def cmyk() -> Image.Image:
    return image().convert("CMYK").point(lambda value: value * 3 // 4)


def image() -> Image.Image:
    return Image.fromarray(colourful())


FILES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: colourful_png(),
    "linear": lambda: colourful_png(gamma(1)),
    "gamma 1.8": lambda: colourful_png(gamma(0.55556)),
    "the usual gamma": lambda: colourful_png(gamma(0.45455)),
    "primaries alone": lambda: colourful_png(primaries(*P3)),
    "P3 and gamma 2.2": lambda: colourful_png(gamma(0.45455), primaries(*P3)),
    "linear sRGB": lambda: colourful_png(gamma(1), primaries(*SRGB)),
    "ProPhoto": lambda: colourful_png(gamma(0.55556), primaries(*PROPHOTO)),
    "sRGB wins": lambda: colourful_png(chunk(b"sRGB", b"\0"), gamma(1)),
    "cICP, P3": lambda: colourful_png(code_points(12, 13)),
    "cICP, BT.2020": lambda: colourful_png(code_points(9, 1)),
    "cICP, BT.709": lambda: colourful_png(code_points(1, 1)),
    "cICP, linear": lambda: colourful_png(code_points(1, 8)),
    "gray, linear": lambda: png(gray_rows(), 8, 0, gamma(1)),
    "P3 in JPEG": lambda: encoded(
        image(), "JPEG", quality=100, subsampling=0, icc_profile=profile()
    ),
    "P3 in WebP": lambda: encoded(image(), "WEBP", lossless=True, icc_profile=profile()),
    "P3 in PNG": lambda: encoded(image(), "PNG", icc_profile=profile()),
    "P3 in AVIF": lambda: encoded(
        image(), "AVIF", quality=100, subsampling="4:4:4", icc_profile=profile()
    ),
    "CMYK": lambda: encoded(cmyk(), "JPEG", quality=100, subsampling=0),
    "CMYK with a profile": lambda: encoded(
        cmyk(), "JPEG", quality=100, subsampling=0, icc_profile=cmyk_profile()
    ),
    "P3 on gray": lambda: encoded(image().convert("L"), "JPEG", quality=100, icc_profile=profile()),
}
"""Makers of 32x32 files."""
POINTS = ((4, 28), (28, 4), (12, 12), (24, 20))
"""Rows and columns."""
CHROMIUM: dict[str, list[list[int]]] = {
    "nothing": [[224, 32, 127], [32, 224, 127], [96, 96, 159], [160, 192, 79]],
    "linear": [[241, 99, 187], [99, 241, 187], [165, 165, 207], [208, 225, 151]],
    "gamma 1.8": [[230, 43, 145], [43, 230, 145], [115, 115, 175], [176, 203, 98]],
    "the usual gamma": [[224, 32, 127], [32, 224, 127], [96, 96, 159], [160, 192, 79]],
    "primaries alone": [[224, 32, 127], [32, 224, 127], [96, 96, 159], [160, 192, 79]],
    "P3 and gamma 2.2": [[246, 0, 130], [0, 229, 117], [96, 96, 165], [153, 195, 52]],
    "linear sRGB": [[241, 99, 187], [99, 241, 187], [165, 165, 207], [208, 225, 151]],
    "ProPhoto": [[255, 0, 154], [0, 252, 126], [86, 115, 182], [171, 209, 60]],
    "sRGB wins": [[224, 32, 127], [32, 224, 127], [96, 96, 159], [160, 192, 79]],
    "cICP, P3": [[245, 0, 128], [0, 228, 116], [96, 96, 164], [152, 193, 55]],
    "cICP, BT.2020": [[255, 0, 122], [0, 235, 103], [80, 86, 159], [135, 193, 26]],
    "cICP, BT.709": [[222, 20, 120], [20, 222, 120], [87, 87, 154], [155, 189, 69]],
    "cICP, linear": [[241, 99, 187], [99, 241, 187], [165, 165, 207], [208, 225, 151]],
    "gray, linear": [[241, 241, 241], [99, 99, 99], [165, 165, 165], [208, 208, 208]],
    "P3 in JPEG": [[245, 0, 130], [0, 229, 118], [96, 96, 164], [152, 195, 52]],
    "P3 in WebP": [[246, 0, 129], [0, 229, 117], [96, 96, 165], [153, 195, 52]],
    "P3 in PNG": [[246, 0, 129], [0, 229, 117], [96, 96, 165], [153, 195, 52]],
    "P3 in AVIF": [[247, 0, 129], [0, 230, 114], [94, 97, 164], [153, 196, 50]],
    "CMYK": [[232, 88, 159], [88, 232, 159], [136, 136, 183], [184, 208, 123]],
    "CMYK with a profile": [[160, 115, 101], [130, 143, 127], [146, 125, 120], [176, 164, 128]],
    "P3 on gray": [[100, 100, 100], [157, 157, 157], [103, 103, 103], [170, 171, 170]],
}
"""What Chromium 156 showed at `POINTS`, by the slow test below."""

TOLERANCE = {"CMYK with a profile": 12}
"""Where it is more than 2: LittleCMS and Chromium interpolate between inks in different ways."""


def values(pixels: Array) -> list[list[int]]:
    return [pixels[point].tolist() for point in POINTS]


@pytest.mark.parametrize("name", FILES)
def test_colours_are_those_that_chromium_showed(name: str) -> None:
    found = values(decoder.decode(FILES[name]()))
    assert np.abs(np.array(found) - CHROMIUM[name]).max() <= TOLERANCE.get(name, 2), found


SHOWN = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 32;
  const context = canvas.getContext('2d', {colorSpace: 'srgb'});
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, 32, 32).data];
}"""


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here")
def test_colours_are_those_that_chromium_shows() -> None:
    with launched() as browser:
        page = browser.new_page()
        for name, make in FILES.items():
            address = "data:image/*;base64," + base64.b64encode(make()).decode()
            shown = np.array(page.evaluate(SHOWN, address)).reshape(32, 32, 4)[..., :3]
            found = decoder.decode(make()).astype(int)
            assert np.abs(found - shown).max() <= TOLERANCE.get(name, 2), name
            assert np.abs(np.array(values(shown)) - CHROMIUM[name]).max() <= 2, name


def test_a_profile_changes_a_large_photo_as_it_changes_a_small_one() -> None:
    """Colours are converted after shrinking; the difference must be small."""
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8))
    large = coarse.resize((1600, 1600), Image.Resampling.BICUBIC)
    converted = ImageCms.profileToProfile(
        large,
        ImageCms.ImageCmsProfile(io.BytesIO(profile())),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.PERCEPTUAL,
    )
    assert converted is not None
    right = decoder.decode(encoded(converted, "PNG"))
    assert distance(encoded(large, "PNG", icc_profile=profile()), right) < 1
    assert distance(encoded(large, "PNG"), right) > 5


def test_transparency_stays_beside_a_profile() -> None:
    clear = Image.new("RGBA", (64, 64), (200, 50, 50, 0))
    assert (decoder.decode(encoded(clear, "PNG", icc_profile=profile())) == 255).all()
    half = Image.new("RGBA", (64, 64), (200, 50, 50, 128))
    whole = Image.new("RGB", (64, 64), (200, 50, 50))
    solid = decoder.decode(encoded(whole, "PNG", icc_profile=profile()))[0, 0].astype(int)
    seen = decoder.decode(encoded(half, "PNG", icc_profile=profile()))[0, 0]
    assert np.abs(seen - (solid + 255) / 2).max() <= 2


@pytest.mark.parametrize("broken", ["cut", "noise", "empty", "of another space", "too long"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_profile_that_cannot_be_used_is_ignored(kind: str, broken: str) -> None:
    bad = {
        "cut": profile()[:200],
        "noise": np.random.default_rng(0).bytes(3000),
        "empty": b"\0",
        "of another space": profile().replace(b"RGB XYZ ", b"CMYKXYZ "),
        "too long": profile() + bytes(png_chunks.LONGEST_PROFILE),
    }[broken]
    flat = Image.new("RGB", (64, 64), (200, 50, 50))
    content = encoded(flat, kind, icc_profile=bad)
    assert distance(content, np.array([200, 50, 50])) < 3


def test_lab() -> None:
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (64, 64), (200, 50, 50)),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert lab is not None
    assert distance(encoded(lab, "TIFF"), np.array([200, 50, 50])) < 4
