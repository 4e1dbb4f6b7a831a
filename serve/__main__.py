"""`python -m serve`: REST alone, without the page, and without importing Gradio."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from serve import assembly
from serve.http import server
from serve.settings import Settings


def create(chosen: Settings) -> FastAPI:
    """REST, and its documentation at `/`. Raises `StartupError`."""
    app, _ = assembly.create_rest(chosen)

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("docs")

    return app


if __name__ == "__main__":
    server.main(create)
