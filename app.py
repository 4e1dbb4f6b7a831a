"""Starts Twinlabel: REST and the page on one server. What a Space runs."""

from __future__ import annotations

from starlette.applications import Starlette

from serve import assembly, environment
from serve.http import server
from serve.settings import Settings


def create_app(chosen: Settings) -> Starlette:
    """REST and the page as one ASGI application. Raises `StartupError`."""
    environment.prepare()
    from serve.page import mount

    app, comparer = assembly.create_rest(chosen)
    return mount.mount(
        app,
        comparer,
        chosen.pair_folder,
        chosen.models,
        root_path=chosen.root_path.rstrip("/"),
    )


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; end with one line where it cannot start."""
    server.main(create_app)


if __name__ == "__main__":
    main()
