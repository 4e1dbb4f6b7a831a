"""Starts Twinlabel: REST and the page on one server. What a Space runs."""

from __future__ import annotations

from starlette.applications import Starlette

from serve import assembly, environment, mcp_tool
from serve.page.upload_folder import UploadFolder
from serve.process import server
from serve.settings import Settings


def create_app(chosen: Settings) -> Starlette:
    """REST and the page as one ASGI application. Raises `StartupError`."""
    environment.prepare()
    environment.find_temporary_folder()
    # Before Gradio is imported, which asks for the folder then.
    uploads = UploadFolder()
    from serve.page import mount

    app, comparer = assembly.create_rest(chosen)
    mcp_tool.add(app, comparer)
    return mount.mount(
        app,
        comparer,
        chosen.pair_folder,
        chosen.models,
        uploads,
        root_path=chosen.root_path.rstrip("/"),
    )


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; end with one line where it cannot start."""
    server.main(create_app)


if __name__ == "__main__":
    main()
