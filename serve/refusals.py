"""Errors as answers: the only place that knows which HTTP status an error has, and in which form.

`/v2` speaks the Open Inference Protocol, whose errors are `{"error": "text"}`; all else says
`{"error": {"code", "message"}}`.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Scope

from serve.engine import SECONDS_TO_RETRY
from serve.errors import (
    BadTensor,
    NotReady,
    Overloaded,
    PictureError,
    PictureTooLarge,
    RequestError,
    RequestTooLarge,
    RequestTooSlow,
    ServeError,
    TooManyPictures,
    TooManyPixels,
    UnknownFormat,
    UnknownModel,
)
from serve.metrics import Metrics
from serve.schemas import Error, ErrorAnswer

# The most specific first; what stands in none of these is 500.
STATUS: tuple[tuple[type[ServeError], int], ...] = (
    (PictureTooLarge, 413),
    (TooManyPixels, 413),
    (RequestTooLarge, 413),
    (TooManyPictures, 413),
    (UnknownFormat, 415),
    (RequestTooSlow, 408),
    (UnknownModel, 404),
    (Overloaded, 503),
    (NotReady, 503),
    (PictureError, 422),
    (BadTensor, 400),
    (RequestError, 400),
)
_SAID = {
    404: ("not_found", "there is no {where}; see /docs for what there is"),
    405: ("method_not_allowed", "{where} is not possible; see /docs for what is"),
}
_BUG = "the server failed on this request, and wrote down why; others are answered"


class Refusals:
    """Makes the answers, and counts them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def install(self, app: FastAPI) -> None:
        """Answer every error of `app` here."""

        async def on_serve_error(request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, ServeError)
            return self.answer(request.scope, error)

        async def on_http_error(request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, HTTPException)
            code, text = _SAID.get(error.status_code, ("http_error", str(error.detail)))
            message = text.format(where=f"{request.method} {request.url.path}")
            return self._response(request.scope, code, message, error.status_code, error.headers)

        async def on_bug(request: Request, _error: Exception) -> JSONResponse:
            # Starlette logs the traceback; the client gets none of it.
            return self._response(request.scope, "internal", _BUG, 500)

        app.add_exception_handler(ServeError, on_serve_error)
        app.add_exception_handler(HTTPException, on_http_error)
        app.add_exception_handler(Exception, on_bug)

    def answer(self, scope: Scope, error: ServeError) -> JSONResponse:
        """The response to a request that `error` ends."""
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
        headers = {}
        if status == 503:
            headers["retry-after"] = str(SECONDS_TO_RETRY)
        if status in (408, 413):
            # The rest of the body may still be on its way; nobody will read it.
            headers["connection"] = "close"
        return self._response(scope, error.code, error.message, status, headers)

    def _response(
        self, scope: Scope, code: str, message: str, status: int, headers: Any = None
    ) -> JSONResponse:
        self._metrics.error(code)
        if scope["path"].startswith("/v2"):
            return JSONResponse({"error": message}, status, headers)
        document = ErrorAnswer(error=Error(code=code, message=message))
        return JSONResponse(document.model_dump(), status, headers)
