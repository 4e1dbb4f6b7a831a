"""Decodes base64 in the forms in which clients send it."""

from __future__ import annotations

import base64
import re

from serve.errors import RequestError

_URL = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_WHITE_SPACE = str.maketrans("", "", " \t\r\n")
# The alphabet for URLs and file names (RFC 4648, section 5) as the standard one.
_STANDARD = str.maketrans("-_", "+/")


def decode(text: str, field: str) -> bytes:
    """The bytes of `text`, which may be broken into lines, or be the base64 of a `data:` URL.

    Both alphabets of RFC 4648 are read, with or without padding. Raises `RequestError`, which names
    the `field`, for any other URL and for what is not base64.
    """
    scheme = _URL.match(text)
    if scheme:
        text = _of_data_url(text, scheme.group(1).lower(), field)
    digits = text.translate(_WHITE_SPACE).translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        raise RequestError(
            f"{field} is not base64; send the bytes of a picture in base64 (neither a path nor a "
            "URL is opened)"
        ) from None


def _of_data_url(text: str, scheme: str, field: str) -> str:
    if scheme != "data":
        raise RequestError(
            f"{field} is a URL ({scheme[:20]}:), and a URL is not opened; send the bytes of the "
            "picture in base64"
        )
    head, comma, content = text.partition(",")
    if not comma or not head.strip().lower().endswith(";base64"):
        raise RequestError(
            f"{field} is a data: URL without ';base64,'; send the bytes of the picture in base64"
        )
    return content
