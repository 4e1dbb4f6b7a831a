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

from serve.errors import (
    BrokenPicture,
    EmptyPicture,
    PictureError,
    PictureTooLarge,
    TooManyPixels,
    UnknownFormat,
)
from serve.pictures import decoder, decoding

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


def test_a_large_jpeg_is_read_at_reduced_scale() -> None:
    """A JPEG of 48 megapixels, which phones take."""
    content = encoded(halves(8000, 6000), "JPEG", quality=30)
    assert near(decoder.decode(content)[4, 16], RED)


@pytest.mark.parametrize(
    ("format", "size"), [("PNG", (5001, 5000)), ("WEBP", (5001, 5000)), ("JPEG", (10001, 5000))]
)
def test_too_many_pixels_are_refused(format: str, size: tuple[int, int]) -> None:  # noqa: A002
    with pytest.raises(TooManyPixels, match=f"{size[0]} x {size[1]} pixels"):
        decoder.decode(encoded(Image.new("L", size), format))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


# The decoder turns the warning off once for the process, but pytest turns it on for each test.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [6000, 13000, 60000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    with pytest.raises(TooManyPixels, match="25 million"):
        decoder.decode(png_claiming(side, side))


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


def test_what_is_no_picture() -> None:
    with pytest.raises(EmptyPicture):
        decoder.decode(b"")
    with pytest.raises(PictureTooLarge, match="20,000,001 bytes"):
        decoder.decode(bytes(decoder.LARGEST_BYTES + 1))
    for content in (b"hello", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        with pytest.raises(UnknownFormat, match="send JPEG, PNG"):
            decoder.decode(content)


@pytest.mark.parametrize("format", ["EPS", "PDF", "PPM", "ICO", "TGA"])
def test_formats_that_pillow_knows_and_we_do_not(format: str) -> None:  # noqa: A002
    with pytest.raises(UnknownFormat):
        decoder.decode(encoded(halves(), format))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_cut_short(format: str) -> None:  # noqa: A002
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), format)
    with pytest.raises(PictureError):
        decoder.decode(content[: len(content) // 2])


def test_cut_short_says_so() -> None:
    content = encoded(halves(), "PNG")
    with pytest.raises(BrokenPicture, match="PNG picture is cut short or damaged"):
        decoder.decode(content[:-30])


def test_a_png_is_small_only_where_its_first_chunk_says_so_alone() -> None:
    """Only a PNG that is certainly small may be decoded on the event loop."""
    packed = io.BytesIO()
    Image.new("RGB", (32, 32)).save(packed, "PNG")
    good = packed.getvalue()
    text = struct.pack(">I", 8) + b"teXt" + struct.pack(">II", 32, 32) + bytes(4)
    assert decoding._is_small(good)
    assert not decoding._is_small(good[:8] + text + good[8:])
    assert not decoding._is_small(good[:33] + good[8:])  # a second header
