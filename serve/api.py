"""REST: routes in, JSON out. The only place that knows which HTTP status an error has."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from serve import picture
from serve.compare import Comparer, milliseconds_since
from serve.errors import (
    NoPicture,
    PictureError,
    PictureTooLarge,
    RequestError,
    RequestTooLarge,
    ServeError,
    TooManyPictures,
    TooManyPixels,
    UnknownFormat,
)
from serve.limits import BodyLimit
from serve.schemas import (
    CompareAnswer,
    Error,
    ErrorAnswer,
    Health,
    answer,
    error_of,
    result_of,
)

MOST_PICTURES = 64
FIELD = "file"
# The most specific first; what stands in none of these is 500.
STATUS: tuple[tuple[type[ServeError], int], ...] = (
    (PictureTooLarge, 413),
    (TooManyPixels, 413),
    (RequestTooLarge, 413),
    (TooManyPictures, 413),
    (UnknownFormat, 415),
    (PictureError, 422),
    (RequestError, 400),
)
Picture = tuple[str | None, bytes]
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A picture as it is, or multipart/form-data with one or more files in the "
        f"field `{FIELD}`: {picture.READABLE}.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            },
        },
    }
}


def create(comparer: Comparer) -> FastAPI:
    """The REST application. A page may be mounted on it afterwards."""
    app = FastAPIOffline(  # /docs with its assets from here: FastAPI's own come from a CDN
        title="Twinlabel",
        description="Two CIFAR-10 classifiers, alike but for label smoothing, side by side.",
        redoc_url=None,
    )
    app.add_middleware(BodyLimit)
    app.add_exception_handler(ServeError, _on_serve_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)
    app.include_router(_router(comparer))
    return app


def _router(comparer: Comparer) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz", summary="Whether the server works, and on which device")
    async def healthz() -> Health:
        device = comparer.device
        return Health(
            status="ok",
            device=device.kind,
            provider=device.provider,
            device_note=device.note,
            pair=comparer.pair.sha256,
            version=comparer.pair.manifest.version,
        )

    @router.post(
        "/v1/compare",
        summary="Both models' confidences for one or more pictures",
        responses={status: {"model": ErrorAnswer} for status in (400, 413, 415, 422)},
        openapi_extra=_PICTURE_BODY,
    )
    async def compare(request: Request) -> CompareAnswer:
        pictures = await _pictures(request)
        return await run_in_threadpool(_compare, comparer, pictures)

    @router.api_route("/v1/{rest:path}", methods=_METHODS, include_in_schema=False)
    async def elsewhere(request: Request) -> None:
        # The page, mounted at /, would otherwise answer for what is not above.
        raise HTTPException(405 if request.url.path == "/v1/compare" else 404)

    return router


def _compare(comparer: Comparer, pictures: list[Picture]) -> CompareAnswer:
    started = time.perf_counter()
    decoded = [_decoded(content) for _, content in pictures]
    if len(decoded) == 1 and isinstance(decoded[0], PictureError):
        raise decoded[0]
    readable = [pixels for pixels in decoded if not isinstance(pixels, PictureError)]
    compared = iter(comparer.compare(np.stack(readable)) if readable else [])
    results = [
        result_of(pixels if isinstance(pixels, PictureError) else next(compared), name)
        for (name, _), pixels in zip(pictures, decoded, strict=True)
    ]
    return answer(comparer, results, milliseconds_since(started))


def _decoded(content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]] | PictureError:
    try:
        return picture.decode(content)
    except PictureError as error:
        return error


async def _pictures(request: Request) -> list[Picture]:
    """The body's pictures, with the names that the client gave them. Raises `RequestError`."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _from_form(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > picture.LARGEST_BYTES:
            raise PictureTooLarge(
                f"the picture has more than {picture.LARGEST_BYTES:,} bytes; send a smaller or "
                "more compressed one"
            )
    return [(None, bytes(body))]


async def _from_form(request: Request) -> list[Picture]:
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


async def _on_serve_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServeError)
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    return _error_answer(error_of(error), status)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    code, message = {
        404: ("not_found", f"there is no {where}; see /docs for what there is"),
        405: ("method_not_allowed", f"{where} is not possible; see /docs for what is"),
    }.get(error.status_code, ("http_error", str(error.detail)))
    return _error_answer(Error(code=code, message=message), error.status_code, error.headers)


async def _on_bug(_request: Request, _error: Exception) -> JSONResponse:
    # Starlette logs the traceback; the client gets none of it.
    message = "the server failed on this request, and wrote down why; others are answered"
    return _error_answer(Error(code="internal", message=message), 500)


def _error_answer(error: Error, status: int, headers: Any = None) -> JSONResponse:
    return JSONResponse(ErrorAnswer(error=error).model_dump(), status, headers)
