"""`python -m serve`: REST alone, without the page, and without importing Gradio."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from serve import assembly, environment, settings
from serve.process import server, workers
from serve.settings import Settings


def create(chosen: Settings) -> Starlette:
    """REST, and its documentation at `/`. Raises `StartupError`."""
    environment.find_temporary_folder()
    app, _ = assembly.create_rest(chosen)

    async def root(_request: Request) -> RedirectResponse:
        return RedirectResponse("docs")

    app.router.routes.append(Route("/", root))
    return app


def create_in_a_worker() -> ASGIApp:
    """The same in one of several processes. Ends the process if it cannot start."""
    return workers.in_a_worker(lambda: server.application(create, settings.from_environment()))


if __name__ == "__main__":
    server.main(create, "serve.__main__:create_in_a_worker")
