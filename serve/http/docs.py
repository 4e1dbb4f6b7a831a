"""The documentation of REST: `/openapi.json`, and `/docs`, which shows it as a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

DOCS = "/docs"
OPENAPI = "/openapi.json"
_ASSETS = "/docs-assets"
# Where the application is under a path of a larger one, `root` is that path.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Twinlabel - REST</title>
<link rel="stylesheet" href="{root}{assets}/swagger-ui.css">
<link rel="icon" href="{root}{assets}/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{root}{assets}/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({{
  url: {openapi},
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
}});
</script>
</body>
</html>
"""


def routes(document: Callable[[], dict[str, Any]]) -> list[BaseRoute]:
    """The routes of the documentation. The page loads nothing from elsewhere.

    `document` makes the OpenAPI document. It is called once, when somebody first asks for it.
    """
    described = cache(document)

    async def show_document(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        servers = {"servers": [{"url": root}]} if root else {}
        return Response(json.dumps({**described(), **servers}), media_type="application/json")

    async def show_page(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        address = json.dumps(f"{root}{OPENAPI}")
        return HTMLResponse(_PAGE.format(root=root, assets=_ASSETS, openapi=address))

    return [
        Route(OPENAPI, show_document),
        Route(DOCS, show_page),
        Mount(_ASSETS, StaticFiles(directory=_assets())),
    ]


def _assets() -> Path:
    """The folder with the files of Swagger UI, which the package fastapi-offline brings."""
    # Its location alone is asked for: importing the package would import FastAPI.
    found = find_spec("fastapi_offline")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "static"
