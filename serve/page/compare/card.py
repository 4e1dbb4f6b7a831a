"""A comparison as one PNG, for slides and for previews of links: drawn on the server by Pillow.

`GET /page/card.png?sample=N` is a test picture's, at the temperatures that the address names.
`POST /page/card.png` takes the pixels of any other picture, uint8 `[32, 32, 3]`, as
`serve.page.compare.live` does. Nothing is kept, and no link leads to the second kind.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contract.cifar10 import CLASSES
from contract.errors import UserError
from contract.twins import TWINS, Twin
from serve.inference.compare import Comparer, Comparison, Verdict
from serve.page.address import Address
from serve.page.compare.live import BYTES, SHAPE, pixels_of
from serve.page.parts import sentence
from serve.page.parts.samples import Samples

PATH = "/page/card.png"
WIDTH, HEIGHT = 1200, 630
"""The size that previews of links are made for."""
_PICTURE, _MARGIN = 416, 48
_LEFT = _MARGIN + _PICTURE + 48
_INK, _QUIET, _TRACK = "#1c1b1a", "#57534e", "#ebeae9"
_PAPER, _WRONG, _RIGHT = "#ffffff", "#a1124a", "#00694b"


def add_route(app: Starlette, comparer: Comparer, samples: Samples) -> None:
    """Serve cards at `PATH`."""

    async def card(request: Request) -> Response:
        address = Address(request.query_params)
        sample = None
        if request.method == "POST":
            pixels = await pixels_of(request)
            if pixels is None:
                return PlainTextResponse(f"The body must be the {BYTES} bytes of a picture.", 400)
        else:
            sample = samples.with_index(address.number("sample")) or samples.opening()
            if sample is None:
                return PlainTextResponse("There is no such test picture.", 404)
            pixels = sample.pixels.reshape(1, *SHAPE)
        try:
            (comparison,) = await comparer.compare(pixels, address.temperatures())
        except UserError as error:
            return PlainTextResponse(error.message, 503, headers={"retry-after": "1"})
        true = CLASSES[sample.sample.label] if sample else None
        png = await asyncio.to_thread(drawn, pixels[0], comparison, true)
        return Response(png, media_type="image/png", headers={"cache-control": "no-cache"})

    app.router.routes.append(Route(PATH, card, methods=["GET", "POST"]))


def drawn(pixels: NDArray[np.uint8], comparison: Comparison, true: str | None = None) -> bytes:
    """The card as PNG, 1200x630; `true` is the picture's class, if it is known."""
    card = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(card)
    picture = Image.fromarray(pixels, "RGB").resize((_PICTURE, _PICTURE), Image.Resampling.NEAREST)
    card.paste(picture, (_MARGIN, 132))
    first = sentence.of(comparison, true).first
    draw.text((_MARGIN, 48), first, _INK, _fitting(first, 44, WIDTH - 2 * _MARGIN))
    for place, (name, twin) in enumerate(TWINS.items()):
        said = comparison.models[name]
        # What was measured was measured on pictures unlike an unusual one.
        found = None if comparison.unusual else said.reliability
        _answer(draw, 132 + 216 * place, twin, replace(said, reliability=found), true)
    draw.text(
        (_MARGIN, HEIGHT - 52),
        "Twinlabel: one network, trained twice. The bar is what the model says; the tick is how "
        "often it was right when it was that sure.",
        _QUIET,
        _font(20),
    )
    packed = io.BytesIO()
    card.quantize(256).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _answer(
    draw: ImageDraw.ImageDraw, top: int, twin: Twin, said: Verdict, true: str | None
) -> None:
    right = WIDTH - _MARGIN
    draw.rectangle((_LEFT, top, _LEFT + 7, top + 192), twin.colour)
    at = f", T = {said.temperature:.2f}" if said.temperature != 1 else ""
    draw.text((_LEFT + 28, top), f"{twin.title}{at} says", _QUIET, _font(26))
    draw.text((_LEFT + 28, top + 34), said.label, _INK, _font(60))
    percent = sentence.whole_percent(said.confidence)
    draw.text((right, top + 34), percent, _INK, _font(60), anchor="ra")
    if true is not None:
        after = _LEFT + 52 + draw.textlength(said.label, _font(60))
        _judged(draw, top + 48, after, said.label == true)
    _bar(draw, top + 116, twin, said)
    if said.reliability is not None:
        often = sentence.whole_share(said.reliability.accuracy)
        worth = f"was right on {often} of test pictures at this confidence"
        draw.text((_LEFT + 28, top + 158), worth, _QUIET, _font(26))


def _judged(draw: ImageDraw.ImageDraw, top: int, left: float, is_right: bool) -> None:
    """A word where the answer is right, and a filled badge where it is wrong."""
    if is_right:
        draw.text((left, top), "right", _RIGHT, _font(32))
        return
    wide = draw.textlength("wrong", _font(32))
    draw.rounded_rectangle((left, top - 4, left + wide + 28, top + 44), 8, _WRONG)
    draw.text((left + 14, top), "wrong", _PAPER, _font(32))


def _bar(draw: ImageDraw.ImageDraw, top: int, twin: Twin, said: Verdict) -> None:
    left, right = _LEFT + 28, WIDTH - _MARGIN

    def at(share: float) -> float:
        return left + share * (right - left)

    draw.rectangle((left, top + 6, right, top + 30), _TRACK)
    draw.rectangle((left, top + 6, at(said.confidence), top + 30), twin.colour)
    if twin.hatched:
        for x in range(left, int(at(said.confidence)) - 12, 14):
            draw.line((x, top + 30, x + 12, top + 6), _PAPER, 2)
    if said.reliability is not None:
        low, high = said.reliability.interval.low, said.reliability.interval.high
        draw.line((at(low), top + 18, at(high), top + 18), _INK, 3)
        tick = at(said.reliability.accuracy)
        draw.rectangle((tick - 5, top - 3, tick + 5, top + 39), _PAPER)
        draw.rectangle((tick - 3, top - 2, tick + 3, top + 38), _INK)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own typeface, which every machine with Pillow has."""
    return ImageFont.load_default(size)


def _fitting(text: str, size: int, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface at `size`, or smaller so that the text is no wider than `width`."""
    return _font(min(size, size * width / _font(size).getlength(text)))
