"""A proxy that offers the server under a path, such as `/twin`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """ASGI layer that tells the application under which path a proxy offers it.

    Some proxies take the path off each request, and some leave it on: both are answered alike.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            path, root = scope["path"], self._root_path
            if path != root and not path.startswith(f"{root}/"):
                path = root + path
            # As ASGI has it: the path holds that of the proxy.
            scope = {**scope, "path": path, "root_path": root}
        await self._app(scope, receive, send)


def route_path(scope: Scope) -> str:
    """The path of a request without that of the proxy."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return (path.removeprefix(root) or "/") if root else path
