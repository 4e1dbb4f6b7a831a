"""Puts the page on an application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import gradio as gr
from starlette.applications import Starlette

from contract.pictures import decoder
from serve import lifespan
from serve.inference.compare import Comparer
from serve.page import frame, sheet, style, upload_route
from serve.page.build import build
from serve.page.compare import card, live
from serve.page.compare.arrival import Arrival
from serve.page.evidence import files
from serve.page.parts import tiles
from serve.page.parts.samples import Samples
from serve.page.preview import Preview
from serve.page.story import document
from serve.page.tab import Tab
from serve.page.tabs import TABS
from serve.page.theme import theme
from serve.page.upload_folder import UploadFolder

SPACES = "https://huggingface.co"
"""The page whose frame shows ours on a Space. It alone is told what our address says."""
SESSIONS = 128
"""The number of latest visitors whose picture and temperatures are remembered. Gradio needs 110 kB
for each, and would keep 10,000."""
AT_ONCE = 4
"""Runs of one event at a time, over all visitors: one visitor's large picture must not hold up the
others."""
MOST_WAITING = 256
"""Waiting events of all visitors; beyond this the page says that it is busy."""
_STATIC = Path(__file__).parent / "static"


def mount(
    app: Starlette,
    comparer: Comparer,
    models: Path,
    published: Path,
    uploads: UploadFolder,
    tabs: Sequence[Tab] = TABS,
    root_path: str = "",
    framed_by: str = SPACES,
) -> Starlette:
    """Put the page on `app` at `/`. Routes that are added to `app` later are not reached.

    `models` is the folder of the pair that is served. `published` is that of the pair whose claims
    are shown: another one where the served pair is quantised. `uploads` is closed when the
    application ends. `root_path` is the path under which a proxy offers the server. `framed_by` is
    the origin of the page whose frame may show this one.
    """
    samples = Samples(models, comparer.pair.manifest.model_hashes)
    sheet.add_route(app, samples.sheet)
    files.add_route(app, files.offered(models, comparer.pair.manifest))
    live.add_route(app, comparer)
    card.add_route(app, comparer, samples)
    upload_route.install()
    lifespan.during(app, partial(_swept, uploads))
    page = build(comparer, models, published, samples, tabs)
    # Without this, Gradio does not check that a file which a client names was uploaded.
    page.has_launched = True
    page.state_session_capacity = SESSIONS
    page.queue(default_concurrency_limit=AT_ONCE, max_size=MOST_WAITING)
    mounted: Starlette = gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=theme(),
        max_file_size=decoder.LARGEST_BYTES,
        show_error=False,
        # Not what GRADIO_SSR_MODE says: Spaces set it, and Gradio then gives the port to Node.
        ssr_mode=False,
        # Gradio's tools fetch what a client names; `serve.mcp_tool` offers one that does not.
        mcp_server=False,
        footer_links=[],
        root_path=root_path or None,
    )
    header = frame.header(comparer.device, comparer.pair.precision)
    arrival = Arrival(comparer, samples, header, tabs[0].name)
    styles = style.sheet(root_path + sheet.PATH, tiles.sheet(samples.chosen()))
    head = f"<style>{styles}</style>{_scripts(root_path, framed_by)}"
    mounted.add_middleware(Preview, head=head, first=arrival.html, picture=card.PATH)
    told = document.tell(comparer, samples, published)
    mounted.add_middleware(document.Story, told=told, framed_by=framed_by)
    return mounted


def _scripts(root_path: str, framed_by: str) -> str:
    """The page's scripts, each of them a module of its own, and what they know from here."""
    known = f"window.twRoot = {json.dumps(root_path)};\nconst FRAMED_BY = {json.dumps(framed_by)};"
    modules = "".join(
        f'<script type="module">{path.read_text(encoding="utf-8")}</script>'
        for path in sorted(_STATIC.glob("*.js"))
    )
    return f"<script>{known}</script>{modules}"


@asynccontextmanager
async def _swept(uploads: UploadFolder) -> AsyncIterator[None]:
    """Sweeps `uploads`, and removes them at the end."""
    sweeping = asyncio.create_task(uploads.keep_swept())
    try:
        yield
    finally:
        sweeping.cancel()
        uploads.close()
