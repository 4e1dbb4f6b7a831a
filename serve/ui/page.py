"""The page: a picture in, both twins' confidences out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray

from contract.cifar10 import CLASSES
from serve import picture
from serve.compare import Comparer, Comparison, milliseconds_since
from serve.errors import Overloaded
from serve.schemas import answer, result_of
from serve.ui import render, samples
from serve.ui.photo import Photo

STYLE = Path(__file__).with_name("style.css")

# Seconds: how often uploads are looked through, and the age at which one goes.
UPLOADS_DELETED = (30, 300)

_HEADER = """
<header class="tw-header"><div><h1>Twinlabel</h1>
<p>Two copies of one image classifier, trained alike but for one number: the second learned with
label smoothing. How sure should a model sound?</p></div>{badge}</header>
"""
_SAMPLES_HEADING = """
<h2 class="tw-heading">Or click on a CIFAR-10 test picture
<small>named by its true class</small></h2>
"""
_FOOTER = """
<footer class="tw-footer">
<p><strong>Whatever you show them, they answer with one of ten classes</strong> ({classes}): a face
or a chair will get one of these too. They see 32 × 32 pixels and were trained on CIFAR-10; this is
a demonstration. Pictures are not kept.</p>
<p><strong>Use it by API:</strong>
<code>curl --data-binary @photo.jpg <span id="tw-origin"></span>/v1/compare</code>
· <a href="/docs">docs</a></p>
</footer>
"""
# Behind a proxy or on a Space, only the browser knows the address that people use.
_OWN_ADDRESS = "() => {document.getElementById('tw-origin').textContent = location.origin}"


def mount(app: FastAPI, comparer: Comparer, models: Path) -> FastAPI:
    """Put the page on `app` at `/`. Routes that are added to `app` later are not reached."""
    page = build(comparer, models)
    # Without this, Gradio does not check that a file which a client names was uploaded.
    page.has_launched = True
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        css=STYLE.read_text(encoding="utf-8"),
        theme=gr.themes.Base(
            primary_hue="slate",
            neutral_hue="slate",
            font=["system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        max_file_size=picture.LARGEST_BYTES,
        show_error=False,
        footer_links=[],
    )
    return mounted


def _compared(comparer: Comparer, pixels: NDArray[np.uint8]) -> Comparison:
    try:
        return comparer.compare_blocking(pixels[np.newaxis])[0]
    except Overloaded as error:
        raise gr.Error(error.message, title="Too busy", print_exception=False) from None


def build(comparer: Comparer, models: Path) -> gr.Blocks:
    """The page, not yet served."""
    shown = samples.for_page(models, comparer.pair.sha256)

    def compare(pixels: NDArray[np.uint8] | None) -> tuple[dict[str, Any] | None, str, str]:
        if pixels is None:
            return None, render.seen(None), render.results(None)
        started = time.perf_counter()
        comparison = _compared(comparer, pixels)
        document = answer(comparer, [result_of(comparison, None)], milliseconds_since(started))
        return document.model_dump(), render.seen(pixels), render.results(comparison)

    def pick(event: gr.SelectData) -> NDArray[np.uint8]:
        return shown[int(event.index)].pixels

    page: gr.Blocks
    with gr.Blocks(
        title="Twinlabel", analytics_enabled=False, delete_cache=UPLOADS_DELETED
    ) as page:
        gr.HTML(_HEADER.format(badge=render.badge(comparer.device)))
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=300):
                photo = Photo(
                    label="Your picture",
                    sources=["upload", "webcam", "clipboard"],
                    type="filepath",
                    height=300,
                    elem_id="photo",
                    buttons=[],
                )
                seen = gr.HTML(render.seen(None), elem_id="seen")
            with gr.Column(scale=6, min_width=320):
                results = gr.HTML(render.results(None), elem_id="results")
        if shown:
            gr.HTML(_SAMPLES_HEADING)
            gallery = gr.Gallery(
                [(sample.pixels, sample.caption) for sample in shown],
                label="CIFAR-10 test pictures",
                show_label=False,
                columns=8,
                height="auto",
                allow_preview=False,
                interactive=False,
                elem_id="samples",
                buttons=[],
            )
            gallery.select(pick, None, photo, api_visibility="private", show_progress="hidden")
        gr.HTML(_FOOTER.format(classes=", ".join(CLASSES)))
        document = gr.JSON(visible=False)
        photo.change(
            compare,
            photo,
            [document, seen, results],
            api_name="compare",
            show_progress="hidden",
        )
        page.load(None, None, None, js=_OWN_ADDRESS)
    return page
