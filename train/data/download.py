"""Downloads a file so that a connection that breaks costs only what it had not brought yet.

torchvision's downloader starts again from nothing, and so does pooch's. What it takes to go on,
HTTP's `Range`, needs nothing beyond the standard library.
"""

from __future__ import annotations

import hashlib
import time
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SECONDS_OF_SILENCE = 60
"""A server that sends nothing for so long is asked again."""
ATTEMPTS = 5
"""In a row that bring nothing new."""
SECONDS_BETWEEN = 2.0
_PIECE = 1 << 18


class AlteredError(Exception):
    """The file is not the one that its MD5 names."""


def fetch(address: str, target: Path, md5: str) -> None:
    """Download to `target`; what came before a break stays beside it and is gone on from.

    Raises `OSError` or `HTTPException` where the server cannot be reached or breaks off again and
    again, and `AlteredError` where what it sent is another file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    left = ATTEMPTS
    while True:
        had = _size(part)
        try:
            _bring(address, part)
            break
        except (OSError, HTTPException) as error:
            refused = isinstance(error, HTTPError) and 400 <= error.code < 500
            left = ATTEMPTS if _size(part) > had else left - 1
            if refused or left == 0:
                raise
            time.sleep(SECONDS_BETWEEN)
    if hashlib.md5(part.read_bytes(), usedforsecurity=False).hexdigest() != md5:
        part.unlink()
        raise AlteredError(f"what {address} sent is not the official file")
    part.replace(target)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _bring(address: str, part: Path) -> None:
    """Add the rest of the file to `part`, or all of it where the server sends no parts."""
    had = _size(part)
    # Compressed on the way, its bytes could not be counted.
    headers = {"Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    try:
        answer: HTTPResponse = urlopen(
            Request(address, headers=headers), timeout=SECONDS_OF_SILENCE
        )
    except HTTPError as error:
        if error.code == 416:  # nothing is left to send: the MD5 tells whether that is right
            return
        raise
    with answer:
        goes_on = answer.status == 206 and _starts_at(answer, had)
        promised = answer.headers.get("Content-Length")
        came = 0
        with part.open("ab" if goes_on else "wb") as file:
            while piece := answer.read(_PIECE):
                came += len(piece)
                file.write(piece)
        if promised is not None and came < int(promised):
            raise ConnectionError(f"the connection broke after {part.stat().st_size:,} bytes")


def _starts_at(answer: HTTPResponse, byte: int) -> bool:
    return str(answer.headers.get("Content-Range", "")).startswith(f"bytes {byte}-")
