"""Answers for paths and methods of REST that no route has, before the page could answer them."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.routing import Match

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def add_routes(router: APIRouter, prefixes: Iterable[str], paths: Iterable[str]) -> None:
    """Raise 404 or 405 for whatever begins with a prefix or is a path, and has no route so far.

    Without these routes the page, which is mounted at `/`, would answer with a page of HTML.
    """
    known = list(router.routes)

    async def raise_error(request: Request) -> None:
        allowed = {
            method
            for route in known
            if route.matches(request.scope)[0] is Match.PARTIAL
            for method in getattr(route, "methods", None) or ()
        }
        if allowed:
            raise HTTPException(405, headers={"allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)

    for template in (*(f"{prefix}{{rest:path}}" for prefix in prefixes), *paths):
        router.add_api_route(template, raise_error, methods=_METHODS, include_in_schema=False)
