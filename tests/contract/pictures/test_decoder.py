"""The decoder on pictures that people send, and on pictures that attackers send."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from contract.pictures import decoder
from contract.pictures.errors import BrokenPicture, EmptyPicture, PictureTooLarge, UnknownFormat

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002
    pillow_heif.register_heif_opener()
    packed = io.BytesIO()
    image.save(packed, format, **options)
    return packed.getvalue()


def halves(width: int = 96, height: int = 64) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image


def near(pixel: NDArray[np.uint8], colour: tuple[int, int, int], by: int = 12) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() <= by)


@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF", "MPO"]
)
def test_every_format(format: str) -> None:  # noqa: A002
    pixels = decoder.decode(encoded(halves(), format))
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert near(pixels[4, 16], RED)
    assert near(pixels[28, 16], BLUE)


def test_a_cifar_picture_is_unchanged() -> None:
    original = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    assert np.array_equal(decoder.decode(encoded(Image.fromarray(original), "PNG")), original)


def test_the_centre_square_is_taken() -> None:
    image = Image.new("RGB", (300, 100), GREEN)
    image.paste(RED, (100, 0, 200, 100))
    assert near(decoder.decode(encoded(image, "PNG"))[:, 1:31].reshape(-1, 3).min(0), RED)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("size", [(96, 64), (2000, 1500)])
def test_exif_orientation_is_applied(format: str, size: tuple[int, int]) -> None:  # noqa: A002
    """With orientation 6 the top of the stored picture belongs on the right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = decoder.decode(encoded(halves(*size), format, exif=exif))
    assert near(pixels[16, 28], RED)
    assert near(pixels[16, 4], BLUE)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (64, 64), 0)
        image.putpalette([0, 0, 0, 255, 0, 0])
        content = encoded(image, "PNG", transparency=0)
    elif mode == "RGB":
        content = encoded(Image.new("RGB", (64, 64), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    else:
        content = encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 0)).convert(mode), "PNG")
    assert (decoder.decode(content) == 255).all()


def test_half_transparent_red_is_pink() -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 128))
    assert near(decoder.decode(encoded(image, "PNG"))[16, 16], (255, 127, 127))


def test_cmyk() -> None:
    cyan = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    assert near(decoder.decode(encoded(cyan, "JPEG"))[16, 16], (0, 255, 255), by=40)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (32768, 128), (65535, 255)])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_gray_is_scaled(format: str, value: int, expected: int) -> None:  # noqa: A002
    image = Image.fromarray(np.full((64, 64), value, np.uint16))
    assert decoder.decode(encoded(image, format))[16, 16].tolist() == [expected] * 3


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_black_and_white_gray_and_palette(mode: str) -> None:
    pixels = decoder.decode(encoded(Image.new("RGB", (64, 64), "white").convert(mode), "PNG"))
    assert (pixels == 255).all()


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation(format: str) -> None:  # noqa: A002
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, BLUE)]
    content = encoded(frames[0], format, save_all=True, append_images=frames[1:])
    assert near(decoder.decode(content)[16, 16], RED)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def test_what_is_no_picture() -> None:
    with pytest.raises(EmptyPicture):
        decoder.decode(b"")
    with pytest.raises(PictureTooLarge, match="20,000,001 bytes"):
        decoder.decode(bytes(decoder.LARGEST_BYTES + 1))
    for content in (b"hello", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        with pytest.raises(UnknownFormat, match="send JPEG, PNG"):
            decoder.decode(content)


@pytest.mark.parametrize(
    ("beginning", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
    ],
)
def test_what_begins_as_a_picture_is_called_damaged(beginning: bytes, name: str) -> None:
    for rest in (b"", bytes(100), b"hello"):
        with pytest.raises(BrokenPicture, match=f"the {name} picture"):
            decoder.decode(beginning + rest)


@pytest.mark.parametrize("format", ["EPS", "PDF", "PPM", "ICO", "TGA"])
def test_formats_that_pillow_knows_and_we_do_not(format: str) -> None:  # noqa: A002
    with pytest.raises(UnknownFormat):
        decoder.decode(encoded(halves(), format))
