"""Decodes several pictures of one request and keeps each one's error, so that one fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from contract.cifar10 import PICTURE_SIZE
from serve import cpus
from serve.errors import PictureError, ServeError
from serve.lanes import Lanes
from serve.pictures import decoder, png
from serve.pictures.decoder import Pixels

Decoded = Pixels | PictureError
"""The pixels of one picture, uint8 `[32, 32, 3]`, or what is wrong with it."""
Answer = TypeVar("Answer")
Error = TypeVar("Error", bound=ServeError)

_SMALL_BYTES, _SMALL_SIDE = 16_384, 128


async def decode_all(contents: Sequence[bytes]) -> list[Decoded]:
    """Decode the pictures in their order, without holding up the event loop."""
    if len(contents) == 1:
        return [await _decode(contents[0], alone=True)]
    decoding = []
    for content in contents:
        decoding.append(asyncio.ensure_future(_decode(content, alone=False)))
        # Many small pictures one after another would hold up the event loop together.
        await asyncio.sleep(0)
    return list(await asyncio.gather(*decoding))


def decode_all_blocking(contents: Iterable[bytes]) -> list[Decoded]:
    """Decode the pictures in their order, in a thread that may wait."""
    return [_decode_blocking(content) for content in contents]


def readable(decoded: Iterable[Pixels | ServeError]) -> Pixels:
    """The pictures that could be decoded, uint8 `[n, 32, 32, 3]`; `n` may be 0."""
    pixels = [each for each in decoded if not isinstance(each, ServeError)]
    # The reshape gives no pictures at all their shape too.
    return np.array(pixels, np.uint8).reshape(-1, PICTURE_SIZE, PICTURE_SIZE, 3)


def with_errors(
    decoded: Iterable[Pixels | Error], answers: Iterable[Answer]
) -> list[Answer | Error]:
    """For every picture its answer or its error; `answers` are those to the `readable` pictures."""
    left = iter(answers)
    return [each if isinstance(each, ServeError) else next(left) for each in decoded]


async def _decode(content: bytes, alone: bool) -> Decoded:
    """Decode a picture, which does not wait for those of large requests if it comes `alone`."""
    # A thread takes longer to wake than such a PNG takes to decode.
    if png.is_quick(content, _SMALL_BYTES, _SMALL_SIDE):
        if alone:
            _threads.reserve()
        return _decode_blocking(content)
    return await asyncio.wrap_future(_threads.submit(content, quick=alone))


def _decode_blocking(content: bytes) -> Decoded:
    try:
        return decoder.decode(content)
    except PictureError as error:
        return error


_threads = Lanes(_decode_blocking, max(2, cpus.available()), "decode")
