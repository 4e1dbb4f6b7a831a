"""Decodes several pictures of one request and keeps each one's error, so that one fails alone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from contract.cifar10 import PICTURE_SIZE
from contract.errors import UserError
from contract.pictures import decoder, png
from contract.pictures.decoder import Decoded, Pixels
from contract.pictures.errors import PictureError
from serve.lanes import Lanes

Outcome = Decoded | PictureError
"""One picture and the notes about it, or what is wrong with it."""
Answer = TypeVar("Answer")
Error = TypeVar("Error", bound=UserError)

_SMALL_BYTES, _SMALL_SIDE = 16_384, 128
# Small pictures of a large request that one call of a thread decodes: about a millisecond's work.
_SMALL_IN_A_ROW = 8
_LEAST_THREADS = 2


def use_threads(most: int) -> None:
    """Decode for `decode_all` in up to `most` threads, but not in fewer than two.

    One that decodes a large picture is not interrupted, and a small picture needs another then.
    """
    _threads.resize(max(_LEAST_THREADS, most))


async def decode_all(contents: Sequence[bytes]) -> list[Outcome]:
    """Decode the pictures in their order, without holding up the event loop.

    One picture alone does not wait for those of larger requests.
    """
    if len(contents) == 1:
        # A thread takes longer to wake than such a picture takes to decode.
        if png.is_quick(contents[0], _SMALL_BYTES, _SMALL_SIDE):
            _threads.reserve()
            return decode_all_blocking(contents)
        return await asyncio.wrap_future(_threads.submit(contents, quick=True))
    parts = [_threads.submit(part, quick=False) for part in _parts(contents)]
    decoded = await asyncio.gather(*map(asyncio.wrap_future, parts))
    return list(itertools.chain.from_iterable(decoded))


def _parts(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The pictures in their order, in parts of one large picture or of several small ones."""
    part: list[bytes] = []
    for content in contents:
        if not png.is_quick(content, _SMALL_BYTES, _SMALL_SIDE):
            if part:
                yield part
            yield [content]
            part = []
            continue
        part.append(content)
        if len(part) == _SMALL_IN_A_ROW:
            yield part
            part = []
    if part:
        yield part


def decode_all_blocking(contents: Iterable[bytes]) -> list[Outcome]:
    """Decode the pictures in their order, in a thread that may wait."""
    return [_decode_blocking(content) for content in contents]


def readable(decoded: Iterable[Decoded | UserError]) -> Pixels:
    """The pictures that could be decoded, uint8 `[n, 32, 32, 3]`; `n` may be 0."""
    pixels = [each.pixels for each in decoded if not isinstance(each, UserError)]
    # The reshape gives no pictures at all their shape too.
    return np.array(pixels, np.uint8).reshape(-1, PICTURE_SIZE, PICTURE_SIZE, 3)


def notes_of(decoded: Decoded | UserError) -> tuple[str, ...]:
    """What the sender should know about a picture that was read; what was not read has an error."""
    return () if isinstance(decoded, UserError) else decoded.notes


def with_errors(
    decoded: Iterable[Decoded | Error], answers: Iterable[Answer]
) -> list[Answer | Error]:
    """For every picture its answer or its error; `answers` are those to the `readable` pictures."""
    left = iter(answers)
    return [each if isinstance(each, UserError) else next(left) for each in decoded]


def _decode_blocking(content: bytes) -> Outcome:
    try:
        return decoder.decode_with_notes(content)
    except PictureError as error:
        return error


_threads = Lanes(decode_all_blocking, _LEAST_THREADS, "decode")
