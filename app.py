"""Starts Twinlabel: REST and the page on one server. What a Space runs."""

from __future__ import annotations

import os

from starlette.applications import Starlette

from serve import assembly
from serve.http import server
from serve.settings import Settings


def create_app(chosen: Settings) -> Starlette:
    """REST and the page as one ASGI application. Raises `StartupError`."""
    # Gradio reads it at import: nothing is fetched or reported, with or without a network.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from serve.page import mount

    app, comparer = assembly.create_rest(chosen)
    return mount.mount(app, comparer, chosen.pair_folder, chosen.models)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; end with one line where it cannot start."""
    server.main(create_app)


if __name__ == "__main__":
    main()
