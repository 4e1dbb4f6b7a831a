"""Turns errors into HTTP answers. The only place that knows which status an error has.

The form of the answer comes from the dialect of the request. Paths outside all dialects get
`{"error": {"code": ..., "message": ...}}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ExceptionHandler, Scope

from contract.errors import UserError
from contract.pictures.errors import PictureError, PictureTooLarge, TooManyPixels, UnknownFormat
from serve.errors import (
    BadTensor,
    NotReady,
    Overloaded,
    RequestError,
    RequestTooLarge,
    RequestTooSlow,
    TooManyPictures,
    UnknownEncoding,
    UnknownModel,
)
from serve.http.metrics import Metrics
from serve.http.root_path import route_path
from serve.inference.document import Error
from serve.inference.engine import SECONDS_TO_RETRY
from serve.rest.common.dialect import Dialect, of_path
from serve.rest.common.operation import Answer

# The first line that fits counts, so subclasses come before their bases. All others are 500.
STATUS: tuple[tuple[type[UserError], int], ...] = (
    (PictureTooLarge, 413),
    (TooManyPixels, 413),
    (RequestTooLarge, 413),
    (TooManyPictures, 413),
    (UnknownFormat, 415),
    (UnknownEncoding, 415),
    (RequestTooSlow, 408),
    (UnknownModel, 404),
    (Overloaded, 503),
    (NotReady, 503),
    (PictureError, 422),
    (BadTensor, 400),
    (RequestError, 400),
)
_MEANING = {
    400: "The request is malformed, or one of its values is not allowed.",
    404: "There is no model of this name or version.",
    408: "The request body arrived too slowly.",
    413: "The request has too many bytes, pixels or pictures.",
    415: "The body is not a picture in a supported format, or its encoding is not supported.",
    422: "The picture is empty or damaged.",
    503: "The server is busy, starting or stopping. The Retry-After header says when to try again.",
}
_ROUTING = {
    404: ("not_found", "there is no route {request}; /docs lists all routes"),
    405: ("method_not_allowed", "{request} is not allowed; /docs lists the methods of each path"),
}
_FAULT = "the server failed to answer this request; the reason is in its log"


class ErrorAnswer(BaseModel):
    """The document of an error with any 4xx or 5xx status."""

    error: Error


def with_code(code: str, message: str) -> dict[str, Any]:
    """The document of an error as an `ErrorAnswer`."""
    return ErrorAnswer(error=Error(code=code, message=message)).model_dump()


def described(model: type[BaseModel], *statuses: int) -> dict[int, Answer]:
    """The descriptions of answers with these error statuses and the form of `model`."""
    return {status: Answer(_MEANING[status], model) for status in statuses}


class ErrorAnswers:
    """Makes the answers to requests that fail, and counts them."""

    def __init__(self, metrics: Metrics, dialects: Sequence[Dialect]) -> None:
        self._metrics = metrics
        self._dialects = dialects

    def handlers(self) -> dict[Any, ExceptionHandler]:
        """The exception handlers of an application that answers every error of its routes so."""

        async def on_user_error(request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, UserError)
            return self.answer(request.scope, error)

        async def on_http_error(request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, HTTPException)
            code, text = _ROUTING.get(error.status_code, ("http_error", str(error.detail)))
            message = text.replace("{request}", f"{request.method} {request.url.path}")
            return self._answer(request.scope, code, message, error.status_code, error.headers)

        async def on_fault(request: Request, _error: Exception) -> JSONResponse:
            # Starlette raises the error again, and the server logs it. The client sees none of it.
            return self._answer(request.scope, "internal", _FAULT, 500)

        return {UserError: on_user_error, HTTPException: on_http_error, Exception: on_fault}

    def answer(self, scope: Scope, error: UserError) -> JSONResponse:
        """The answer to the request of `scope`, which ended with `error`."""
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
        headers = {}
        if status == 503:
            headers["retry-after"] = str(SECONDS_TO_RETRY)
        if status in (408, 413):
            # The rest of the body may still be on its way, and nobody will read it.
            headers["connection"] = "close"
        return self._answer(scope, error.code, error.message, status, headers)

    def _answer(
        self,
        scope: Scope,
        code: str,
        message: str,
        status: int,
        headers: Mapping[str, str] | None = None,
    ) -> JSONResponse:
        self._metrics.error(code)
        dialect = of_path(route_path(scope), self._dialects)
        form = with_code if dialect is None else dialect.error
        return JSONResponse(form(code, message), status, headers)
