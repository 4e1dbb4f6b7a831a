"""Puts the page on an application."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from serve.inference.compare import Comparer
from serve.page import style
from serve.page.build import build
from serve.page.parts.samples import Samples
from serve.page.preview import Preview
from serve.page.tab import Tab
from serve.page.tabs import TABS
from serve.pictures import decoder

SHEET = "/gallery.png"
"""Where the browser gets all pictures of the gallery at once."""
SESSIONS = 128
"""The number of latest visitors whose picture and temperatures are remembered. Gradio needs 110 kB
for each, and would keep 10,000."""
AT_ONCE = 4
"""Runs of one event at a time, over all visitors: one visitor's large picture must not hold up the
others."""
MOST_WAITING = 256
"""Waiting events of all visitors; beyond this the page says that it is busy."""
_SCRIPT = Path(__file__).parent / "static" / "script.js"


def mount(
    app: Starlette,
    comparer: Comparer,
    models: Path,
    published: Path,
    tabs: Sequence[Tab] = TABS,
    root_path: str = "",
) -> Starlette:
    """Put the page on `app` at `/`. Routes that are added to `app` later are not reached.

    `models` is the folder of the pair that is served. `published` is that of the pair whose claims
    are shown: another one where the served pair is quantised. `root_path` is the path under which
    a proxy offers the server.
    """
    samples = Samples(models, comparer.pair.manifest.model_hashes)

    async def sheet(_request: Request) -> FileResponse:
        return FileResponse(samples.sheet, headers={"cache-control": "max-age=3600"})

    app.router.routes.append(Route(SHEET, sheet))
    page = build(comparer, models, published, samples, tabs)
    # Without this, Gradio does not check that a file which a client names was uploaded.
    page.has_launched = True
    page.state_session_capacity = SESSIONS
    page.queue(default_concurrency_limit=AT_ONCE, max_size=MOST_WAITING)
    script = _SCRIPT.read_text(encoding="utf-8")
    mounted: Starlette = gr.mount_gradio_app(
        app,
        page,
        path="/",
        css=style.sheet(root_path + SHEET),
        head=f"<script>window.twRoot = {json.dumps(root_path)};\n{script}</script>",
        theme=gr.themes.Base(
            primary_hue="slate",
            neutral_hue="slate",
            font=["system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        max_file_size=decoder.LARGEST_BYTES,
        show_error=False,
        footer_links=[],
        root_path=root_path or None,
    )
    mounted.add_middleware(Preview)
    return mounted
