"""Takes the pictures out of a request's body, which is one picture or a multipart form."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from serve.errors import NoPicture, RequestError, TooManyPictures
from serve.pictures import decoder

MOST_PICTURES = 64
"""The number of pictures that one form may hold."""
FIELD = "file"
"""The name of the form field that holds a picture."""

Upload = tuple[str | None, bytes]
"""The file name that the client gave, if any, and the file's bytes."""


async def read(request: Request) -> list[Upload]:
    """The pictures in the body. Raises `RequestError` or `PictureTooLarge`."""
    for name, value in request.scope["headers"]:
        if name == b"content-type" and value.lower().startswith(b"multipart/form-data"):
            return await _read_form(request)
    return [(None, await read_raw(request))]


async def read_raw(request: Request) -> bytes:
    """The body as the bytes of one picture.

    Raises `PictureTooLarge` as soon as too many bytes have arrived, without reading the rest.
    """
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        decoder.check_bytes(size, complete=False)
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _read_form(request: Request) -> list[Upload]:
    try:
        async with request.form(max_files=MOST_PICTURES, max_fields=MOST_PICTURES) as form:
            files = form.getlist(FIELD)
            if not files:
                raise NoPicture(
                    f"the form has no field named {FIELD!r}; send each picture in a field of that "
                    f"name, for example with curl -F {FIELD}=@photo.jpg"
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
