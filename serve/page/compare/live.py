"""The route for pictures that follow each other: a square that is dragged, and the camera.

`POST /page/live` takes the pixels of one picture, uint8 `[32, 32, 3]` and nothing else, and gives
the HTML of both answers. One request does what would take two by `/v2`, which knows one model at a
time and neither reliability nor sets. Nothing is kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contract.cifar10 import PICTURE_SIZE
from serve.errors import NotReady, Overloaded
from serve.inference.compare import Comparer
from serve.inference.engine import SECONDS_TO_RETRY
from serve.page.address import Address
from serve.page.compare import answers, sets

PATH = "/page/live"
SHAPE = (PICTURE_SIZE, PICTURE_SIZE, 3)
BYTES = int(np.prod(SHAPE))


def add_route(app: Starlette, comparer: Comparer) -> None:
    """Answer pixels at `PATH`. The query is the page's own: temperatures and `sets`."""

    async def live(request: Request) -> Response:
        pixels = await pixels_of(request)
        if pixels is None:
            return PlainTextResponse(
                f"The body must be the {BYTES} bytes of a picture of 32 x 32 pixels in RGB.", 400
            )
        address = Address(request.query_params)
        level = sets.level(address.among("sets", tuple(sets.NAMES)) or "")
        try:
            (comparison,) = await comparer.compare(
                pixels,
                address.temperatures(),
                coverage=level if comparer.evidence.thresholds else None,
            )
        except (Overloaded, NotReady) as error:
            retry = {"retry-after": str(SECONDS_TO_RETRY)}
            return PlainTextResponse(error.message, 503, headers=retry)
        html = answers.results(comparison)
        return Response(html, media_type="text/html", headers={"cache-control": "no-store"})

    app.router.routes.append(Route(PATH, live, methods=["POST"]))


async def pixels_of(request: Request) -> NDArray[np.uint8] | None:
    """The body as one picture, `[1, 32, 32, 3]`; None if it has more or fewer bytes than that."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > BYTES:
            return None
    if len(content) != BYTES:
        return None
    return np.frombuffer(content, np.uint8).reshape(1, *SHAPE)
