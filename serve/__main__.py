"""`python -m serve`: REST alone, without the page, and without importing Gradio."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from serve import assembly, environment
from serve.http import server
from serve.settings import Settings


def create(chosen: Settings) -> Starlette:
    """REST, and its documentation at `/`. Raises `StartupError`."""
    environment.find_temporary_folder()
    app, _ = assembly.create_rest(chosen)

    async def root(_request: Request) -> RedirectResponse:
        return RedirectResponse("docs")

    app.router.routes.append(Route("/", root))
    return app


if __name__ == "__main__":
    server.main(create)
