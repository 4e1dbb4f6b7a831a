"""How large a picture may be, and how much memory and time the largest takes in each format."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from contract.pictures import decoder, jpeg
from contract.pictures.errors import BrokenPicture, TooManyPixels
from harness.paths import ROOT
from tests.contract.pictures.files import chunk, colourful, colourful_png, encoded
from tests.contract.pictures.test_decoder import png_claiming

MOST_MEMORY = 300
"""MB that decoding one picture may take above what the process has before."""
MOST_SECONDS = 10
FAST = {"preset": "ultrafast"}


def smooth(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture whose pixels are not all the same; its corners are those of `colourful`."""
    large = Image.fromarray(colourful()).resize((width, height), Image.Resampling.BILINEAR)
    if mode == "RGBA":
        large.putalpha(Image.linear_gradient("L").resize((width, height)))
    return large.convert(mode)


def flat(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width, height), 1)


def deep_heic(side: int, chroma: int) -> bytes:
    """A HEIC with 10 bits a channel."""
    values = np.asarray(smooth(side, side)).astype(np.uint16) * 257
    image = pillow_heif.from_bytes(mode="RGB;16", size=(side, side), data=values.tobytes())
    packed = io.BytesIO()
    image.save(packed, quality=10, enc_params=FAST, chroma=chroma)
    return bytes(packed.getvalue())


def heic(image: Image.Image, **options: object) -> bytes:
    return encoded(image, "HEIF", quality=10, enc_params=FAST, **options)


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


PHONES: dict[str, Callable[[], bytes]] = {
    "JPEG, 50 million": lambda: encoded(smooth(8160, 6144), "JPEG", quality=50),
    "HEIC, 50 million": lambda: heic(smooth(8160, 6144)),
    "HEIC of tiles": lambda: heic(smooth(8160, 6144), tile_size=512),
}
"""The largest photos of telephones."""
LARGEST: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: encoded(smooth(12_100, 9_080), "JPEG", quality=30),
    "JPEG, CMYK": lambda: encoded(smooth(10_400, 10_400, "CMYK"), "JPEG", quality=30),
    "JPEG, narrow": lambda: encoded(flat(65_000, 511), "JPEG"),
    "JPEG, progressive": lambda: encoded(
        smooth(10_300, 8_700), "JPEG", quality=30, progressive=True
    ),
    "JPEG, progressive, 4:4:4": lambda: encoded(
        smooth(8_000, 5_620), "JPEG", quality=30, progressive=True, subsampling=0
    ),
    "PNG": lambda: encoded(flat(8_060, 8_060), "PNG", compress_level=1),
    "PNG, RGBA": lambda: encoded(flat(8_060, 8_060, "RGBA"), "PNG", compress_level=1),
    "PNG, palette": lambda: encoded(flat(8_060, 8_060, "P"), "PNG", transparency=0),
    "PNG, 16 bits": lambda: encoded(
        Image.fromarray(np.zeros((8_060, 8_060), np.uint16)), "PNG", transparency=7
    ),
    "GIF": lambda: encoded(flat(8_060, 8_060, "P"), "GIF"),
    "TIFF": lambda: encoded(
        flat(5_000, 5_000, "RGBA"), "TIFF", compression="tiff_adobe_deflate", exif=turned()
    ),
    "TIFF, floats": lambda: encoded(
        Image.fromarray(np.zeros((5_000, 5_000), np.float32)), "TIFF", compression="tiff_lzw"
    ),
    "WebP": lambda: encoded(flat(4_470, 4_470, "RGBA"), "WEBP", lossless=True, method=0),
    "WebP, lossy": lambda: encoded(smooth(4_470, 4_470), "WEBP", quality=10, method=0),
    "AVIF": lambda: encoded(smooth(5_000, 5_000), "AVIF", quality=10, speed=10),
    "AVIF, RGBA, 4:4:4": lambda: encoded(
        smooth(4_550, 4_550, "RGBA"), "AVIF", quality=10, speed=10, subsampling="4:4:4"
    ),
    "HEIC, turned": lambda: heic(smooth(8_160, 6_144), exif=turned()),
    "HEIC, RGBA": lambda: heic(smooth(6_400, 6_400, "RGBA")),
    "HEIC, 4:4:4": lambda: heic(smooth(5_470, 5_470), chroma=444),
    "HEIC, 10 bits": lambda: deep_heic(4_740, 420),
    "HEIC, 10 bits, 4:4:4": lambda: deep_heic(4_240, 444),
}
"""Pictures just below their limits."""
BOMBS: dict[str, Callable[[], bytes]] = {
    "text": lambda: colourful_png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8), 1))),
    "texts": lambda: colourful_png(
        *[chunk(b"zTXt", b"a%d\0\0" % i + zlib.compress(bytes(10**6))) for i in range(200)]
    ),
    "ICC": lambda: colourful_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8), 1))),
    "frames": lambda: encoded(
        flat(2000, 2000, "P"), "GIF", save_all=True, append_images=[flat(2000, 2000, "P")] * 100
    ),
    "cut short": lambda: encoded(flat(8_060, 8_060), "PNG")[:-100_000],
}
"""Makers of small files that take a lot of memory or time when they are decoded naively."""


MEASURE = """
import resource, sys, time
from concurrent.futures import ThreadPoolExecutor
from contract.pictures import decoder
from contract.pictures.errors import PictureError
decoder.decode(open(sys.argv[2], "rb").read())  # a first one, so that all is loaded
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
at_once = int(sys.argv[3])
content = open(sys.argv[1], "rb").read()
try:
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(decoder.decode, [content] * at_once))
    said = "answered"
except PictureError as error:
    said = "refused: " + error.message
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((peak - idle) * 1024 / 1e6, time.perf_counter() - started, said)
"""


def measured(content: bytes, folder: Path, at_once: int = 1) -> str:
    """What a process of its own says about decoding it; checks memory and time.

    The process decodes it `at_once` times, in as many threads.
    """
    (folder / "picture").write_bytes(content)
    (folder / "plain").write_bytes(colourful_png())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, folder / "picture", folder / "plain", str(at_once)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    memory, seconds, said = done.stdout.split(maxsplit=2)
    assert float(memory) < MOST_MEMORY, done.stdout
    assert float(seconds) < at_once * MOST_SECONDS, done.stdout
    return said.strip()


@pytest.mark.parametrize("name", PHONES)
def test_photos_of_telephones(name: str, tmp_path: Path) -> None:
    content = PHONES[name]()
    assert measured(content, tmp_path) == "answered"
    pixels = decoder.decode(content).astype(int)
    right = np.asarray(smooth(8160, 6144).crop((1008, 0, 7152, 6144)).resize((32, 32)), int)
    assert np.abs(pixels - right).mean() < 5


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_pictures_take_at_most_300_mb(name: str, tmp_path: Path) -> None:
    assert measured(LARGEST[name](), tmp_path) == "answered"


def test_large_pictures_at_once_take_no_more_memory_than_one(tmp_path: Path) -> None:
    assert measured(LARGEST["PNG, RGBA"](), tmp_path, at_once=3) == "answered"


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_little_memory_and_time(name: str, tmp_path: Path) -> None:
    assert measured(BOMBS[name](), tmp_path)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("PNG", (8100, 8100)),
        ("WEBP", (4500, 4500)),
        ("JPEG", (11_000, 10_010)),
        ("GIF", (8100, 8100)),
        ("TIFF", (5001, 5001)),
    ],
)
def test_too_many_pixels_are_refused(kind: str, size: tuple[int, int]) -> None:
    with pytest.raises(TooManyPixels, match=f"{size[0]} x {size[1]} pixels, and the limit is"):
        decoder.decode(encoded(Image.new("1" if kind == "TIFF" else "L", size), kind))


def test_a_progressive_jpeg_has_a_limit_by_its_memory() -> None:
    """libjpeg keeps the coefficients of the whole picture."""
    large = encoded(Image.new("RGB", (8000, 6000)), "JPEG", progressive=True, subsampling=0)
    assert jpeg.bytes_per_pixel(large) == 6
    with pytest.raises(TooManyPixels, match="45 million for a JPEG that takes 6 bytes of memory"):
        decoder.decode(large)
    small = Image.new("RGB", (64, 64))
    assert jpeg.bytes_per_pixel(encoded(small, "JPEG", progressive=True)) == 3
    assert jpeg.bytes_per_pixel(encoded(small, "JPEG")) == 0
    assert jpeg.bytes_per_pixel(encoded(small.convert("L"), "JPEG", progressive=True)) == 2


# The decoder turns the warning off once for the process, but pytest turns it on for each test.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [8100, 13_000, 60_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    with pytest.raises(TooManyPixels, match=r"million pixels|65 million for a PNG"):
        decoder.decode(png_claiming(side, side))


def test_a_png_that_claims_more_than_it_holds_is_cut_short() -> None:
    with pytest.raises(BrokenPicture, match="cut short"):
        decoder.decode(png_claiming(6000, 6000))


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_bomb_is_not_even_opened(kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    side = 16383
    body = {
        b"VP8X": bytes(4) + (side - 1).to_bytes(3, "little") * 2,
        b"VP8L": b"\x2f" + ((side - 1) | (side - 1) << 14).to_bytes(4, "little") + bytes(5),
        b"VP8 ": b"\x00\x00\x00\x9d\x01\x2a" + side.to_bytes(2, "little") * 2,
    }[kind]
    content = b"RIFF\x20\0\0\0WEBP" + kind + b"\x0a\0\0\0" + body + bytes(8)
    monkeypatch.setattr(Image, "open", lambda *_args, **_kwargs: pytest.fail("it was opened"))
    with pytest.raises(TooManyPixels, match=f"{side} x {side}"):
        decoder.decode(content)
