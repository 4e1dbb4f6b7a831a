"""The story as a document of its own, which needs nothing of Gradio and no second request."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

from starlette.datastructures import QueryParams
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from contract.artifacts import claims
from serve.http.root_path import route_path
from serve.inference.compare import Comparer
from serve.page import style
from serve.page.address import Address
from serve.page.parts.samples import Samples
from serve.page.story import beats, data
from serve.page.story.beats import Beat

PARAMETER = "present"
"""What the address of the story names: the number of a beat, from 1."""
_STATIC = Path(__file__).parents[1] / "static" / "story"
_PAGE = """<!doctype html>
<html lang="en" data-beat="{number}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>Twinlabel, told in {count} beats</title>
<script>{theme}</script><style>{style}</style></head><body>
<main>{beats}{planes}</main>
<nav class="steps" aria-label="Beats">{steps}</nav>
<div class="tools"><button type="button" data-do="again" hidden>Play again</button>
<button type="button" data-do="full" hidden>Full screen</button>
<a class="leave" href="?" title="Escape">Leave</a></div>
<script type="application/json" id="figures">{figures}</script>{scripts}
</body></html>
"""
Page = Callable[[], HTMLResponse]


@dataclass(frozen=True)
class Told:
    """What the story tells of a pair."""

    beats: Sequence[Beat]
    planes: str
    """HTML; empty where nothing was measured."""
    figures: Mapping[str, object]
    """What moves in the planes, by model, as JSON."""


class Story:
    """Middleware that tells the story at `/?present=N`. Other requests pass through.

    An address that names no such beat gets the first one. `framed_by` is the origin of the page
    whose frame may show this one; the browser tells it what the address says.
    """

    def __init__(self, app: ASGIApp, told: Told, framed_by: str) -> None:
        self._app = app
        self._pages = [_page(n, told, framed_by) for n in range(1, len(told.beats) + 1)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and route_path(scope) == "/":
            query = QueryParams(scope["query_string"])
            if PARAMETER in query:
                number = Address(query).number(PARAMETER) or 1
                page = self._pages[number - 1 if number <= len(self._pages) else 0]
                # An answer of its own each time, because compressing changes its headers.
                await GZipMiddleware(page())(scope, receive, send)
                return
        await self._app(scope, receive, send)


def tell(comparer: Comparer, samples: Samples, published: Path) -> Told:
    """The story of the pair that is served.

    `published` is the folder of the pair whose claims are told, as for `serve.page.mount.mount`.
    """
    evidence = comparer.evidence
    settled: claims.Claims | str
    try:
        settled = claims.read(published, comparer.pair.original.model_hashes)
    except claims.ClaimsError as error:
        settled = str(error)
    moved = data.movements(evidence)
    return Told(
        beats.beats(samples.opening(), evidence, moved, settled),
        beats.planes(moved, evidence.report) if moved and evidence.report else "",
        data.for_browser(moved) if moved else {},
    )


def _page(number: int, told: Told, framed_by: str) -> Page:
    """Makes the answer whose document opens at the beat of that number."""
    theme = (_STATIC / "theme.js").read_text(encoding="utf-8")
    sheet = style.story()
    scripts = [
        path.read_text(encoding="utf-8")
        for path in sorted(_STATIC.glob("*.js"))
        if path.name != "theme.js"
    ]
    known = {"framedBy": framed_by, "figures": told.figures}
    html = _PAGE.format(
        number=number,
        count=len(told.beats),
        theme=theme,
        style=sheet,
        beats="".join(beat.html(place) for place, beat in enumerate(told.beats, 1)),
        planes=told.planes,
        steps=_steps(number, told.beats),
        # Nothing in it can end the element that it stands in.
        figures=json.dumps(known, separators=(",", ":")).replace("<", "\\u003c"),
        scripts="".join(f'<script type="module">{script}</script>' for script in scripts),
    )
    policy = (
        f"default-src 'none'; img-src data: 'self'; style-src {_hashes([sheet])}; "
        f"script-src {_hashes([theme, *scripts])}; base-uri 'none'; form-action 'none'"
    )
    headers = {"content-security-policy": policy, "cache-control": "no-cache"}
    return partial(HTMLResponse, html, headers=headers)


def _steps(now: int, told: Sequence[Beat]) -> str:
    """A link to each beat, and to the ones before and after."""
    last = len(told)
    dots = "".join(
        f'<a href="?{PARAMETER}={n}" data-step="{n}"{" aria-current=step" if n == now else ""} '
        f'aria-label="{n} of {last}: {escape(beat.heading)}"><i></i></a>'
        for n, beat in enumerate(told, 1)
    )
    before, after = max(1, now - 1), min(last, now + 1)
    return (
        f'<a class="turn" data-turn="-1" href="?{PARAMETER}={before}" aria-label="Previous">←</a>'
        f'{dots}<a class="turn" data-turn="1" href="?{PARAMETER}={after}" aria-label="Next">→</a>'
    )


def _hashes(texts: Sequence[str]) -> str:
    """What a content security policy names these inline texts by."""
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts)
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)
