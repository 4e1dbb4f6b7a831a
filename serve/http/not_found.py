"""The errors for paths and methods of REST that no route has, before the page could answer them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send


class NotFound:
    """An ASGI application that raises 405 if one of `known` has the path, and otherwise 404."""

    def __init__(self, known: Sequence[Route]) -> None:
        self._known = known

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        allowed = {
            method
            for route in self._known
            if route.matches(scope)[0] is Match.PARTIAL
            for method in route.methods or ()
        }
        if allowed:
            raise HTTPException(405, headers={"allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)


def routes(known: Sequence[Route], prefixes: Iterable[str], paths: Iterable[str]) -> list[Route]:
    """Routes for whatever begins with a prefix or is a path, and has no route in `known`.

    Without these routes the page, which is mounted at `/`, would answer with a page of HTML.
    """
    not_found = NotFound(known)
    templates = (*(f"{prefix}{{rest:path}}" for prefix in prefixes), *paths)
    return [Route(template, not_found) for template in templates]
