"""What an operation is: one method of one path, what answers it, and what OpenAPI says about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
"""How OpenAPI describes content that is bytes of any kind."""


@dataclass(frozen=True)
class Answer:
    """What OpenAPI says about the answers with one status."""

    description: str = "Successful Response"
    model: Any = None
    """The pydantic model or the dataclass whose JSON is sent, if it is JSON."""
    content: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """OpenAPI's descriptions of content of any other media type."""


@dataclass(frozen=True)
class Operation:
    """One method of one path. It is an ASGI application, which Starlette's router calls."""

    method: str
    path: str
    """Where a part in braces, such as `{name}`, is a parameter in `request.path_params`."""
    endpoint: Callable[[Request], Awaitable[Response]]
    summary: str
    answers: Mapping[int, Answer]
    """The answers by status."""
    parameters: Sequence[dict[str, Any]] = ()
    """OpenAPI's descriptions of the parameters in the path and in the query."""
    body: dict[str, Any] | None = None
    """OpenAPI's description of the request body. A schema may be a pydantic model."""
    also: Sequence[str] = ()
    """Further methods that do the same, and that OpenAPI does not mention."""
    documented: bool = True
    """Whether OpenAPI mentions the operation."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    def routes(self) -> list[Route]:
        """The routes to this operation: its path with and without a slash at the end.

        Where it answers GET, it answers HEAD as well.
        """
        # Starlette wraps a function once more in what handles exceptions. It does not wrap an
        # ASGI application, whose exceptions its middleware handles.
        methods = [self.method, *self.also]
        return [Route(path, self, methods=methods) for path in (self.path, f"{self.path}/")]


class JsonResponse(Response):
    """A response with JSON that is encoded already.

    It sets its two headers itself, which costs less than letting Starlette derive them.
    """

    def __init__(self, content: bytes, status: int = 200) -> None:
        self.status_code = status
        self.background = None
        self.body = content
        self.raw_headers = [
            (b"content-length", b"%d" % len(content)),
            (b"content-type", b"application/json"),
        ]


def json_response(document: BaseModel, status: int = 200) -> JsonResponse:
    """The response that sends `document` as JSON."""
    return JsonResponse(document.model_dump_json().encode(), status)
