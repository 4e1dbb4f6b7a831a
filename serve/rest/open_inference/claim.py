"""How many pictures a request says that it brings, found before it is decoded."""

from __future__ import annotations

import re

from serve.rest.open_inference.codec import MOST_PICTURES, SHAPE

_SHAPE = re.compile(rb'"shape"\s*:\s*\[\s*(\d{1,9})\s*,')
# The numbers of the tensor may stand before the shape or after it.
_LOOKED_AT = 4096
# A picture is seldom longer as JSON: every number has up to three digits, a comma and a space.
_LONGEST_AS_JSON = 5 * SHAPE[0] * SHAPE[1] * SHAPE[2]


def pictures(body: bytes, json_length: str | None) -> int:
    """The number of pictures in a body that is not compressed, from 1 to the most there may be.

    `json_length` is the header Inference-Header-Content-Length. A wrong number does no harm: the
    engine counts again what it is given.
    """
    if json_length is not None and json_length.isascii() and json_length.isdigit():
        body = body[: int(json_length[:20])]
    found = _SHAPE.search(body[:_LOOKED_AT]) or _SHAPE.search(body[-_LOOKED_AT:])
    claimed = int(found[1]) if found else len(body) // _LONGEST_AS_JSON
    return min(max(claimed, 1), MOST_PICTURES)
