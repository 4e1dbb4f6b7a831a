"""Reads a long request in JSON piece by piece, so that other threads get on meanwhile.

Python's JSON reader does not let other threads run while it reads. A tensor of 256 pictures would
hold up the event loop, and with it every other request, for more than 50 ms at a time.
"""

from __future__ import annotations

import json
import re
import time
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import PICTURE_SIZE
from serve.errors import BadTensor, RequestTooLarge

LONG = 131_072
"""Bytes from which a request is read like this: it takes a few milliseconds at once."""
MARK = "\0data"
"""What stands for the data of the tensor in the JSON without it."""
_BYTES = PICTURE_SIZE * PICTURE_SIZE * 3
_PIECE = 16_384
_LONGEST_PIECE = 131_072
_ALLOWED = b"0123456789,[] \t\r\n"
# In a string a quotation mark has a backslash before it, so this is always a key.
_KEY = re.compile(rb'(?<!\\)"data"\s*:\s*(?=\[)')
_END_OF_PICTURE = re.compile(rb"\]\s*\]\s*\]\s*(?=,)")
_ROW = b"[" + b",".join([b"[,,]"] * PICTURE_SIZE) + b"]"
_SKELETON = b"[" + b",".join([_ROW] * PICTURE_SIZE) + b"]"
# Long enough for another thread to take over.
_PAUSE = 0.0001


def without_data(head: bytes) -> tuple[bytes, bytes]:
    """The JSON of a request with `MARK` in the place of its data, and the data.

    Raises `RequestTooLarge` if what is left is still long, and `BadTensor` if the data does not
    consist of whole numbers.
    """
    key = _KEY.search(head)
    if key is None:
        raise _too_long(len(head))
    start = key.end()
    end = start
    while end < len(head):
        window = head[end : end + _LONGEST_PIECE]
        others = window.translate(None, _ALLOWED)
        if others:
            end += window.index(others[:1])
            break
        end += len(window)
    closing = head.rfind(b"]", start, end)
    if closing < 0 or head[closing + 1 : end].strip() not in (b"", b","):
        raise _not_numbers()
    rest = head[:start] + json.dumps(MARK).encode() + head[closing + 1 :]
    if len(rest) > LONG:
        raise _too_long(len(rest))
    return rest, head[start : closing + 1]


def pictures(data: bytes, n: int) -> NDArray[np.uint8]:
    """The pictures `[n, 32, 32, 3]` in an array of numbers, which is nested or flat."""
    inner = data.strip()[1:-1]
    nested = b"[" in inner
    found = bytearray()
    at = 0
    while at < len(inner):
        stop = _end_of_picture(inner, at) if nested else _end_of_numbers(inner, at)
        piece = inner[at:stop]
        if stop - at > _LONGEST_PIECE:
            raise _wrong_shape(n)
        try:
            values = json.loads(b"[%b]" % piece)
            if nested:
                if piece.translate(None, b"0123456789 \t\r\n") != _SKELETON:
                    raise _wrong_shape(n)
                values = list(chain.from_iterable(chain.from_iterable(values[0])))
            found += bytes(values)
        except (ValueError, TypeError, RecursionError):
            raise _not_numbers() from None
        at = stop + 1
        time.sleep(_PAUSE)
    if len(found) != n * _BYTES or inner.rstrip().endswith(b","):
        raise _wrong_shape(n)
    return np.frombuffer(bytes(found), np.uint8).reshape(n, PICTURE_SIZE, PICTURE_SIZE, 3)


def _end_of_picture(inner: bytes, at: int) -> int:
    """The index of the comma after the picture that begins at `at`."""
    found = _END_OF_PICTURE.search(inner, at, at + _LONGEST_PIECE)
    return len(inner) if found is None else found.end()


def _end_of_numbers(inner: bytes, at: int) -> int:
    """The index of a comma not far behind `at`."""
    if len(inner) - at <= _PIECE:
        return len(inner)
    comma = inner.rfind(b",", at, at + _PIECE)
    return len(inner) if comma < 0 else comma


def _too_long(length: int) -> RequestTooLarge:
    return RequestTooLarge(
        f"the JSON has {length:,} bytes beside the data of its tensor, more than the limit of "
        f"{LONG:,} bytes; leave out what the protocol does not ask for"
    )


def _not_numbers() -> BadTensor:
    return BadTensor("data must be a list of whole numbers from 0 to 255, nested or flat")


def _wrong_shape(n: int) -> BadTensor:
    shape = [n, PICTURE_SIZE, PICTURE_SIZE, 3]
    return BadTensor(
        f"data does not have the shape {shape} of the tensor; nest it like that, or send "
        f"{n * _BYTES:,} numbers in one list"
    )
