"""Pictures out of request bodies, raw or as a form, and decoded without holding up the others."""

from __future__ import annotations

import asyncio
import os
import struct
from concurrent.futures import ThreadPoolExecutor

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from serve import picture
from serve.engine import Images
from serve.errors import NoPicture, PictureError, PictureTooLarge, RequestError, TooManyPictures

MOST_PICTURES = 64
FIELD = "file"
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
# A PNG up to this is decoded sooner than a thread could be woken for it.
_SMALL_BYTES, _SMALL_SIDE = 16_384, 128

Upload = tuple[str | None, bytes]
"""The name that the client gave it, and its bytes."""
_decoders = ThreadPoolExecutor(max(2, os.cpu_count() or 1), thread_name_prefix="decode")


async def read(request: Request) -> list[Upload]:
    """The body's pictures. Raises `RequestError` or `PictureTooLarge`."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _from_form(request)
    return [(None, await read_raw(request))]


async def read_raw(request: Request) -> bytes:
    """The body as one picture's bytes. Raises `PictureTooLarge` as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > picture.LARGEST_BYTES:
            raise PictureTooLarge(
                f"the picture has more than {picture.LARGEST_BYTES:,} bytes; send a smaller or "
                "more compressed one"
            )
    return bytes(body)


async def decode(content: bytes) -> Images | PictureError:
    """The 32x32 pixels of one picture, or what is wrong with it."""
    if _is_small(content):
        return _decoded(content)
    return await asyncio.get_running_loop().run_in_executor(_decoders, _decoded, content)


async def decode_all(contents: list[bytes]) -> list[Images | PictureError]:
    """As `decode`, of each, several at a time."""
    if len(contents) == 1:
        return [await decode(contents[0])]
    return list(await asyncio.gather(*map(decode, contents)))


def _is_small(content: bytes) -> bool:
    """Whether it is a PNG of few bytes that says of itself, in its first chunk, to be small."""
    if len(content) > _SMALL_BYTES or not content.startswith(_PNG) or len(content) < 24:
        return False
    if content.count(b"IHDR") != 1:  # a later one would be believed
        return False
    width, height = struct.unpack(">II", content[16:24])
    return bool(width <= _SMALL_SIDE and height <= _SMALL_SIDE)


def _decoded(content: bytes) -> Images | PictureError:
    try:
        return picture.decode(content)
    except PictureError as error:
        return error


async def _from_form(request: Request) -> list[Upload]:
    try:
        async with request.form(max_files=MOST_PICTURES, max_fields=MOST_PICTURES) as form:
            files = form.getlist(FIELD)
            if not files:
                raise NoPicture(
                    f"the form has no field {FIELD!r}; send each picture in one: "
                    f"curl -F {FIELD}=@photo.jpg"
                )
            return [
                (part.filename or None, await part.read())
                if isinstance(part, UploadFile)
                else (None, part.encode())
                for part in files
            ]
    except MultiPartException as error:
        raise _form_error(error.message) from error
    except HTTPException as error:
        raise _form_error(str(error.detail)) from error


def _form_error(text: str) -> RequestError:
    if text.startswith("Too many files"):
        return TooManyPictures(
            f"the form holds more than {MOST_PICTURES} pictures; send the rest in another request"
        )
    return RequestError(f"the form cannot be read ({text}); send multipart/form-data with files")
