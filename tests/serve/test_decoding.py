"""Several pictures at a time: each keeps its place, and one that is damaged fails alone."""

from __future__ import annotations

import asyncio

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image

from contract.pictures import decoder
from contract.pictures.decoder import Decoded
from contract.pictures.errors import EmptyPicture, PictureError, PictureTooLarge, UnknownFormat
from harness.pictures import Pictures, as_png, photo
from harness.servers import REST, running
from serve import decoding
from serve.decoding import Outcome
from tests.contract.pictures.files import colourful, encoded


def contents(test_pictures: Pictures) -> list[bytes]:
    return [as_png(test_pictures, 0), b"hello", photo(), b"", as_png(test_pictures, 1)]


def check(decoded: list[Outcome], test_pictures: Pictures) -> None:
    first, text, large, empty, last = decoded
    assert isinstance(first, Decoded)
    assert np.array_equal(first.pixels, test_pictures[0])
    assert isinstance(text, UnknownFormat)
    assert isinstance(large, Decoded)
    assert large.pixels.shape == (32, 32, 3)
    assert isinstance(empty, EmptyPicture)
    assert isinstance(last, Decoded)
    assert np.array_equal(last.pixels, test_pictures[1])


def test_both_forms_keep_the_order_and_the_errors(test_pictures: Pictures) -> None:
    given = contents(test_pictures)
    check(decoding.decode_all_blocking(given), test_pictures)
    check(asyncio.run(decoding.decode_all(given)), test_pictures)


def test_the_event_loop_goes_on_meanwhile() -> None:
    async def ticks() -> int:
        decoding_all = asyncio.create_task(decoding.decode_all([photo()] * 2))
        count = 0
        while not decoding_all.done():
            await asyncio.sleep(0.001)
            count += 1
        return count

    assert asyncio.run(ticks()) > 3


def test_answers_are_put_back_among_the_errors(test_pictures: Pictures) -> None:
    decoded = decoding.decode_all_blocking(contents(test_pictures))
    readable = decoding.readable(decoded)
    assert readable.shape == (3, 32, 32, 3)
    answers = decoding.with_errors(decoded, ["a", "b", "c"])
    assert [a for a in answers if isinstance(a, str)] == ["a", "b", "c"]
    assert [isinstance(a, PictureError) for a in answers] == [False, True, False, True, False]


def test_nothing_readable_has_a_shape_too() -> None:
    decoded = decoding.decode_all_blocking([b"", b"x"])
    assert decoding.readable(decoded).shape == (0, 32, 32, 3)
    assert decoding.with_errors(decoded, []) == decoded


def test_too_many_bytes_are_said_in_one_way() -> None:
    decoder.check_bytes(decoder.LARGEST_BYTES)
    with pytest.raises(PictureTooLarge, match="has 20,000,001 bytes, more than the limit of 20,0"):
        decoder.check_bytes(20_000_001)
    with pytest.raises(PictureTooLarge, match="has more than the limit of 20,000,000 bytes"):
        decoder.check_bytes(20_000_001, complete=False)


def test_a_server_decodes_in_as_many_threads_as_its_setting_says() -> None:
    content = encoded(Image.fromarray(colourful(128)), "JPEG")
    files = [("file", (f"{number}.jpg", content)) for number in range(12)]
    with running(REST, TWINLABEL_THREADS="5") as server:
        # With it, the thread of the warm-up is there too.
        while httpx.get(f"{server.url}/v2/health/ready").status_code != 200:
            pass
        process = psutil.Process(server.process.pid)
        before = process.num_threads()
        httpx.post(server.endpoint, files=files, timeout=60).raise_for_status()
        assert process.num_threads() - before == 5
