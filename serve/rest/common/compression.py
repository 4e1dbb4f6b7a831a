"""Compression of bodies with gzip or deflate, which clients of every dialect may use."""

from __future__ import annotations

import gzip
import zlib

from serve.errors import BadEncoding, RequestTooLarge, UnknownEncoding

# Compressing a shorter answer does not pay.
_SMALLEST = 1024


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """The body of a request without its Content-Encoding.

    Raises `UnknownEncoding`, `BadEncoding` if the body does not match the encoding, and
    `RequestTooLarge` if the result would have more than `limit` bytes. It never holds more of the
    result than that.
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise UnknownEncoding(
            f"Content-Encoding {encoding[:40]!r} is not supported; use gzip or deflate"
        )
    # Adding 32 makes zlib accept its own header and gzip's.
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadEncoding(
            f"the body is not valid {encoding} ({error}); compress it again, or leave "
            "Content-Encoding out"
        ) from None
    if len(plain) > limit:
        raise RequestTooLarge(
            f"the body has more than the limit of {limit:,} bytes when decompressed; send fewer "
            "pictures"
        )
    if not inflater.eof:
        raise BadEncoding(f"the {encoding} body is cut short; send all of it")
    if inflater.unused_data:
        raise BadEncoding(
            f"{len(inflater.unused_data):,} bytes follow the end of the {encoding} data; leave "
            "them out"
        )
    return plain


def compress(content: bytes, accepted: str) -> tuple[bytes, dict[str, str]]:
    """The body of an answer in an encoding that `accepted` allows, and its headers.

    `accepted` is the header Accept-Encoding of the request. A short body stays as it is.
    """
    if len(content) < _SMALLEST:
        return content, {}
    headers = {"vary": "Accept-Encoding"}
    encodings = _encodings(accepted)
    if "gzip" in encodings:
        return gzip.compress(content, compresslevel=1), {**headers, "content-encoding": "gzip"}
    if "deflate" in encodings:
        return zlib.compress(content, level=1), {**headers, "content-encoding": "deflate"}
    return content, headers


def _encodings(accepted: str) -> set[str]:
    """The encodings in an Accept-Encoding header, without those whose weight is zero."""
    encodings = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0") not in ("q=", "q=0."):
            encodings.add(name.strip())
    return encodings
