"""Takes the pictures out of a request's body, which is one picture or a multipart form."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from contract.pictures import decoder
from serve.decoding import Content
from serve.errors import NoPicture, RequestError, RequestTooLarge, TooManyPictures, UnknownEncoding
from serve.rest.common.compression import decompress

FORM = "multipart/form-data"
MOST_PICTURES = 64
"""The number of pictures that one form may hold."""
FIELD = "file"
"""The name of the form field that holds a picture."""

Upload = tuple[str | None, Content]
"""The file name that the client gave, if any, and the file."""


async def read(request: Request) -> list[Upload]:
    """The pictures in the body. Raises `RequestError` or `PictureTooLarge`."""
    content_type, encoding = _headers(request)
    if content_type.startswith(FORM):
        if encoding:
            raise UnknownEncoding(
                f"Content-Encoding {encoding[:40]!r} is not supported for forms; send the form "
                "as it is"
            )
        return await _read_form(request)
    return [(None, await _read_picture(request, encoding))]


async def read_one(request: Request) -> Content:
    """The only picture in the body. Raises `TooManyPictures` and what `read` raises."""
    uploads = await read(request)
    if len(uploads) > 1:
        raise TooManyPictures(
            f"the form has {len(uploads)} pictures; send one, or use /v1/compare for several"
        )
    return uploads[0][1]


async def read_bounded(request: Request, limit: int) -> Content:
    """The body without its Content-Encoding, of at most `limit` bytes before and after decoding.

    Raises `RequestTooLarge` as soon as too many bytes have arrived, without reading the rest. A
    compressed body is inflated when its bytes are asked for, which raises what `decompress` raises.
    """
    _, encoding = _headers(request)

    def check(size: int) -> None:
        if size > limit:
            raise RequestTooLarge(
                f"the request body has more than the limit of {limit:,} bytes here; send fewer or "
                "smaller pictures"
            )

    body = await _received(request, check)
    return partial(decompress, body, encoding, limit) if encoding else body


async def _read_picture(request: Request, encoding: str) -> Content:
    """The body as one picture.

    Raises `PictureTooLarge` as soon as too many bytes have arrived, without reading the rest.
    """
    body = await _received(request, partial(decoder.check_bytes, complete=False))
    return partial(decompress, body, encoding, decoder.LARGEST_BYTES) if encoding else body


async def _received(request: Request, check: Callable[[int], None]) -> bytes:
    """The bytes of the body; `check` is told how many have arrived, and may raise."""
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        check(size)
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _headers(request: Request) -> tuple[str, str]:
    """The content type and the content encoding, in lower case; empty where there is none."""
    content_type = encoding = ""
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            content_type = value.decode("latin-1").lower()
        elif name == b"content-encoding":
            encoding = value.decode("latin-1").strip().lower()
    return content_type, "" if encoding == "identity" else encoding


async def _read_form(request: Request) -> list[Upload]:
    try:
        async with request.form(
            max_files=MOST_PICTURES,
            max_fields=MOST_PICTURES,
            # Of a field that is not a file: curl's -F "file=<photo.jpg" sends a picture so.
            max_part_size=decoder.LARGEST_BYTES,
        ) as form:
            files = form.getlist(FIELD)
            if not files:
                raise NoPicture(
                    f"the form has no field named {FIELD!r}; send each picture in a field of that "
                    f"name, for example with curl -F {FIELD}=@photo.jpg"
                )
            return [
                (part.filename or None, await part.read())
                if isinstance(part, UploadFile)
                else (None, _bytes_of(part))
                for part in files
            ]
    except MultiPartException as error:
        raise _form_error(error.message) from error
    except HTTPException as error:
        raise _form_error(str(error.detail)) from error


def _bytes_of(field: str) -> bytes:
    """The bytes of a form field that is not a file.

    Starlette has decoded them as UTF-8, or as Latin-1 if they are not UTF-8, which pictures are
    not.
    """
    try:
        content = field.encode("latin-1")
        content.decode()
    except UnicodeEncodeError:
        return field.encode()  # it was UTF-8: no other text has such characters
    except UnicodeDecodeError:
        return content
    return content if content.isascii() else field.encode()


def _form_error(reason: str) -> RequestError:
    """The error for a form that Starlette could not read; it tells the kinds apart only in text."""
    if reason.startswith("Too many files"):
        return TooManyPictures(
            f"the form has more than {MOST_PICTURES} pictures; send the others in another request"
        )
    return RequestError(
        f"the form is not valid multipart/form-data ({reason}); send the pictures as files, for "
        f"example with curl -F {FIELD}=@photo.jpg"
    )
