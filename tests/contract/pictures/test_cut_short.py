"""Files that end too early: what is there is answered, with a note, if it is half or more."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from contract.pictures import decoder
from contract.pictures.errors import BrokenPicture, PictureError
from harness.pictures import photo
from tests.contract.pictures.files import Array, colourful, encoded, read


def noise(kind: str, **options: bool) -> bytes:
    """Noise, in which every row takes as many bytes as another."""
    values = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    return encoded(Image.fromarray(values), kind, **options)


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def upper(pixels: Array, rows: int) -> Array:
    return pixels[:rows].astype(int)


@pytest.mark.parametrize("missing", [1, 2, 3, 10])
def test_a_jpeg_without_its_last_bytes_has_all_its_pixels_and_a_note(missing: int) -> None:
    content = encoded(Image.fromarray(colourful(128)), "JPEG", quality=90)
    whole = decoder.decode_with_notes(content)
    assert whole.notes == ()
    found = decoder.decode_with_notes(content[:-missing])
    assert np.abs(upper(found.pixels, 26) - upper(whole.pixels, 26)).max() <= 2
    (note,) = found.notes
    assert "cut short" in note


def test_the_case() -> None:
    (note,) = decoder.decode_with_notes(read("last-2-bytes-missing.jpg")).notes
    assert note == "The file is cut short at its very end: all rows of the picture could be read."


def test_bytes_after_the_end_are_not_cut_short() -> None:
    content = encoded(Image.fromarray(colourful(128)), "JPEG")
    assert decoder.decode_with_notes(content + b"\0" * 1000).notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_there_is_shown_and_the_rest_is_white(kind: str) -> None:
    content = noise(kind)
    whole = decoder.decode(content)
    found = decoder.decode_with_notes(cut(content, 0.7))
    assert np.array_equal(found.pixels[:18], whole[:18])
    assert (found.pixels[26:] == 255).all()
    (note,) = found.notes
    missing = int(note.split("the lower ")[1].split("%")[0])
    assert 20 <= missing <= 40


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_less_than_half_is_refused_by_name(kind: str) -> None:
    with pytest.raises(BrokenPicture, match=rf"{kind} picture is cut short: only the upper \d+%"):
        decoder.decode(cut(noise(kind), 0.4))


def test_a_large_jpeg_that_is_cut_short() -> None:
    content = photo()
    found = decoder.decode_with_notes(cut(content, 0.9))
    assert found.notes
    whole = decoder.decode(content)
    assert np.array_equal(found.pixels[:26], whole[:26])


def test_a_progressive_jpeg_has_less_detail_then() -> None:
    content = encoded(Image.fromarray(colourful(256)), "JPEG", quality=95, progressive=True)
    whole = decoder.decode(content)
    found = decoder.decode_with_notes(cut(content, 0.8))
    assert found.notes
    assert np.abs(found.pixels.astype(int) - whole).mean() < 6


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_pngs_of_every_mode(mode: str) -> None:
    values = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    values[..., 3] |= 0x80
    image = Image.fromarray(values, "RGBA").convert("RGB" if mode in ("1", "P") else mode)
    content = encoded(image.convert(mode), "PNG")
    found = decoder.decode_with_notes(cut(content, 0.8))
    assert np.array_equal(found.pixels[:12], decoder.decode(content)[:12])
    assert (found.pixels[-2:] == 255).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_most_of_it_missing(kind: str, share: float) -> None:
    with pytest.raises(PictureError):
        decoder.decode(cut(noise(kind), share))


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_other_formats_must_be_whole(kind: str) -> None:
    with pytest.raises(BrokenPicture, match=r"picture is cut short or damaged|header is damaged"):
        decoder.decode(cut(noise(kind), 0.8))
