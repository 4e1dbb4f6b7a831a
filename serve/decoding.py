"""Decodes several pictures of one request and keeps each one's error, so that one fails alone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from contract.cifar10 import PICTURE_SIZE
from contract.errors import UserError
from contract.pictures import decoder, png
from contract.pictures.decoder import Decoded, Pixels
from contract.pictures.errors import PictureError
from serve.lanes import Lanes

Content = bytes | Callable[[], bytes]
"""The bytes of a picture, or what makes them in the thread that decodes it.

So what is small as it was sent is large only while it is decoded, and not while it waits.
"""
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


def plain(content: Content) -> bytes:
    """The bytes of a picture, which may have to be made first."""
    return content if isinstance(content, bytes) else content()


async def decode_all(contents: Sequence[Content]) -> list[Outcome]:
    """Decode the pictures in their order, without holding up the event loop.

    One picture alone does not wait for those of larger requests. Raises what making the bytes of a
    picture raises.
    """
    if len(contents) == 1:
        # A thread takes longer to wake than such a picture takes to decode.
        if _is_small(contents[0]):
            _threads.reserve()
            return decode_all_blocking(contents)
        return await asyncio.wrap_future(_threads.submit(contents, quick=True))
    parts = [_threads.submit(part, quick=False) for part in _parts(contents)]
    decoded = await asyncio.gather(*map(asyncio.wrap_future, parts))
    return list(itertools.chain.from_iterable(decoded))


def _is_small(content: Content) -> bool:
    return isinstance(content, bytes) and png.is_quick(content, _SMALL_BYTES, _SMALL_SIDE)


def _parts(contents: Sequence[Content]) -> Iterator[Sequence[Content]]:
    """The pictures in their order, in parts of one large picture or of several small ones."""
    part: list[Content] = []
    for content in contents:
        if not _is_small(content):
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


def decode_all_blocking(contents: Iterable[Content]) -> list[Outcome]:
    """Decode the pictures in their order, in a thread that may wait."""
    return [decode_one_blocking(content) for content in contents]


def decode_one_blocking(content: Content) -> Outcome:
    """One picture, or what is wrong with it, in a thread that may wait."""
    try:
        return decoder.decode_with_notes(plain(content))
    except PictureError as error:
        # Its traceback holds the bytes of the picture.
        return error.with_traceback(None)


def only(decoded: list[Outcome]) -> Decoded:
    """The only picture, which is taken out of the list. Raises its error if it has one.

    An error that its own traceback leads to again would keep all that the request has sent in
    memory, until the garbage collector comes by.
    """
    (outcome,) = decoded
    decoded.clear()
    if not isinstance(outcome, PictureError):
        return outcome
    try:
        raise outcome
    finally:
        del outcome


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


_threads = Lanes(decode_all_blocking, _LEAST_THREADS, "decode")
