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
from serve.page import sheet, style, upload_route
from serve.page.build import build
from serve.page.evidence import files
from serve.page.parts.samples import Samples
from serve.page.preview import Preview
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
_SCRIPTS = Path(__file__).parent / "static"


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
        css=style.sheet(root_path + sheet.PATH),
        head=_script(root_path, framed_by),
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
    mounted.add_middleware(Preview)
    return mounted


def _script(root_path: str, framed_by: str) -> str:
    known = f"window.twRoot = {json.dumps(root_path)};\nconst FRAMED_BY = {json.dumps(framed_by)};"
    files = sorted(_SCRIPTS.glob("*.js"))
    return (
        f"<script>{known}\n{''.join(file.read_text(encoding='utf-8') for file in files)}</script>"
    )


@asynccontextmanager
async def _swept(uploads: UploadFolder) -> AsyncIterator[None]:
    """Sweeps `uploads`, and removes them at the end."""
    sweeping = asyncio.create_task(uploads.keep_swept())
    try:
        yield
    finally:
        sweeping.cancel()
        uploads.close()
