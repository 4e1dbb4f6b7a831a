"""The page: six tabs, and the state of the page in its address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse

from contract.cifar10 import CLASSES
from contract.corruptions import KINDS
from contract.manifest import NAMES
from serve import picture
from serve.compare import Comparer
from serve.ui import (
    batch_tab,
    calibration_tab,
    compare_tab,
    gallery_tab,
    learn_tab,
    render,
    stress_tab,
    temperatures,
)
from serve.ui.events import QUIETLY
from serve.ui.preview import Preview
from serve.ui.samples import Samples

STYLE = Path(__file__).with_name("style.css")
SCRIPT = Path(__file__).with_name("script.js")
SHEET = "/gallery.png"
"""Where the browser gets all pictures of the gallery at once."""
# Seconds: how often uploads are looked through, and the age at which one goes.
UPLOADS_DELETED = (30, 300)
SESSIONS = 128
"""Visitors whose picture and temperatures are remembered, the latest; Gradio takes 110 kB for each,
and would keep 10,000."""
AT_ONCE = 4
"""Runs of one event, for all visitors: one's large picture must not hold up the others."""
MOST_WAITING = 256
"""Events of all visitors; past it the page says that it is busy."""
TABS = ("compare", "gallery", "stress", "calibration", "learn", "batch")

_HEADER = """
<header class="tw-header"><div><h1>Twinlabel</h1>
<p>One image classifier, trained twice: with hard labels, and with label smoothing. How sure should
a model sound?</p></div>{badge}</header>
"""
_FOOTER = """
<footer class="tw-footer">
<p><strong>Whatever you show them, they answer with one of ten classes</strong> ({classes}): a face
or a chair will get one of these too. They see 32 × 32 pixels and were trained on CIFAR-10; this is
a demonstration. Pictures are not kept, and an uploaded one is never in the link.</p>
<details><summary><strong>What the words mean</strong></summary><dl class="tw-words">{words}</dl>
</details>
<details><summary><strong>Use it by API</strong></summary>
<button type="button" data-copy="tw-curl">Copy</button><pre id="tw-curl">{curl}</pre>
<button type="button" data-copy="tw-python">Copy</button><pre id="tw-python">{python}</pre>
<p>All of it: <a href="/docs">docs</a>. Also the Open Inference Protocol under <code>/v2</code> and
Hugging Face's schema under <code>/v1/models/hard</code>.</p></details>
</footer>
"""
_WORDS = {
    "Hard labels": "the target says 100% for the true class and 0% for the others.",
    "Label smoothing": "a share ε of the target is spread evenly over all classes.",
    "Confidence": "how much of 100% a model gives to its answer (softmax).",
    "Logits, temperature T": "a model's raw scores, and the number that all of them are divided "
    "by before they become percentages. The order of the classes stays.",
    "Fitted T": "the temperature at which validation pictures are predicted best (least NLL).",
    "Calibrated": "right 80% of the time when it says 80%, and so on.",
    "ECE": "expected calibration error: how far confidence and share of right answers lie apart, "
    "on average over 15 ranges of confidence. 0% is perfect.",
    "NLL": "negative log-likelihood, in nats: the price of the probability that the true class "
    "got. Lower is better.",
    "pp": "percentage points: from 80% to 82% are 2 pp.",
    "95% interval": "where the true figure most likely lies; chance moves what is measured.",
}
_ORIGIN = '<span class="tw-origin"></span>'
_CURL = f"curl --data-binary @photo.jpg {_ORIGIN}/v1/compare"
_PYTHON = f"""import httpx

photo = open("photo.jpg", "rb").read()
answer = httpx.post("{_ORIGIN}/v1/compare", content=photo).json()
for name, model in answer["results"][0]["models"].items():
    print(name, model["label"], model["confidence"])"""


def mount(app: FastAPI, comparer: Comparer, models: Path) -> FastAPI:
    """Put the page on `app` at `/`. Routes that are added to `app` later are not reached."""
    samples = Samples(models, comparer.pair.manifest.pair)

    @app.get(SHEET, include_in_schema=False)
    async def sheet() -> FileResponse:
        return FileResponse(samples.sheet, headers={"cache-control": "max-age=3600"})

    page = build(comparer, models, samples)
    # Without this, Gradio does not check that a file which a client names was uploaded.
    page.has_launched = True
    page.state_session_capacity = SESSIONS
    page.queue(default_concurrency_limit=AT_ONCE, max_size=MOST_WAITING)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        css=STYLE.read_text(encoding="utf-8"),
        head=f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>",
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
    mounted.add_middleware(Preview)
    return mounted


def build(comparer: Comparer, models: Path, samples: Samples) -> gr.Blocks:
    """The page, not yet served."""
    fitted = comparer.evidence.temperatures

    def start(request: gr.Request) -> tuple[Any, ...]:
        """What the address says; what it says wrongly is passed over."""
        query = dict(request.query_params)
        scale = temperatures.read({name: query.get(f"t_{name}") for name in NAMES})
        kind = _among(query, "corruption", tuple(KINDS))
        severity = int(_among(query, "severity", ("1", "0", "2", "3", "4", "5")))
        sample = query.get("sample", "")
        shown = samples.with_index(int(sample[:9])) if sample.isdecimal() else None
        scaled = any(f"t_{name}" in query for name in NAMES)
        # Only what the address names: the user may have clicked on something already.
        opened: list[Any] = [gr.skip()] * (2 + len(compare.answers))
        if shown is not None:
            answers = compare.compare(shown.pixels, scale)
            opened = [shown.pixels, *answers, stress.show(answers[-1], kind, severity, scale)]
        return (
            gr.Tabs(selected=_among(query, "tab", TABS)) if "tab" in query else gr.skip(),
            scale if scaled else gr.skip(),
            temperatures.html("temperatures", scale, fitted) if scaled else gr.skip(),
            kind if "corruption" in query else gr.skip(),
            severity if "severity" in query else gr.skip(),
            *(calibration.show(scale) if scaled else [gr.skip()] * len(calibration.shown)),
            *opened,
        )

    page: gr.Blocks
    with gr.Blocks(
        title="Twinlabel", analytics_enabled=False, delete_cache=UPLOADS_DELETED
    ) as page:
        gr.HTML(_HEADER.format(badge=render.badge(comparer.device, comparer.pair.precision)))
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            with gr.Tab("Compare", id="compare"):
                compare = compare_tab.build(comparer, samples)
            with gr.Tab("Gallery", id="gallery"):
                gallery_tab.build(samples, compare, tabs)
            with gr.Tab("Stress test", id="stress") as item:
                stress = stress_tab.build(comparer, compare, item)
            with gr.Tab("Calibration", id="calibration"):
                calibration = calibration_tab.build(comparer.evidence)
            with gr.Tab("Learn", id="learn") as learn:
                learn_tab.build(models, comparer.pair.manifest, learn)
            with gr.Tab("Batch", id="batch"):
                batch_tab.build(comparer)
        words = "".join(f"<dt>{word}</dt><dd>{means}</dd>" for word, means in _WORDS.items())
        gr.HTML(_FOOTER.format(classes=", ".join(CLASSES), words=words, curl=_CURL, python=_PYTHON))
        page.load(
            start,
            None,
            [
                tabs,
                compare.scale,
                compare.sliders,
                stress.kinds,
                stress.severity,
                *calibration.shown,
                compare.photo,
                *compare.answers,
                stress.shown,
            ],
            **QUIETLY,
        )
        page.load(None, None, None, js="() => window.twOwnAddress()")
    return page


def _among(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    """The value of `name` if it is known, else the first that is."""
    value = query.get(name, "")
    return value if value in known else known[0]
