"""The tab Evidence: everything that was measured of the pair, for whoever wants to check it."""

from __future__ import annotations

from functools import cache

import gradio as gr

from contract.artifacts.report import Report
from serve.page.evidence import (
    confusion,
    corruption,
    files,
    measures,
    outside,
    provenance,
    sets,
    sweeps,
)
from serve.page.parts.events import QUIETLY
from serve.page.tab import Built, Context, Tab

_EMPTY = (
    '<p class="tw-quiet">These models have not been evaluated on test pictures yet. '
    "<code>python -m train evaluate --models FOLDER</code> does that.</p>"
)
# Behind a proxy, only the browser knows where the server's files are.
_SCRIPT = """
watch('value', () => {
  window.twOwnAddress();
  element.querySelector('.tw-today').textContent = new Date().toISOString().slice(0, 10);
  element.querySelectorAll('a[data-file]').forEach((link) => {
    link.href = window.twRoot + link.dataset.file;
  });
});
"""
_SECTIONS = {
    "overall": "Overall",
    "by-class": "By class",
    "corrupted": "Corrupted pictures",
    "other-pictures": "Other pictures",
    "sets": "Prediction sets",
    "sweeps": "Other strengths",
    "run": "Run, files, citation",
}


def build(context: Context) -> Built:
    """The components of the tab."""
    found = context.comparer.evidence.report
    if found is None:
        gr.HTML(_EMPTY)
        return Built()
    shown = gr.HTML(
        '<p class="tw-quiet tw-waiting">…</p>',
        elem_id="evidence",
        js_on_load=_SCRIPT,
    )

    # Made when the tab is first opened, because few visitors come here.
    @cache
    def everything() -> str:
        return _html(context, found)

    context.item.select(everything, None, shown, **QUIETLY)
    return Built()


TAB = Tab("evidence", "Evidence", build)


def _html(context: Context, found: Report) -> str:
    manifest = context.manifest
    content = {
        "overall": measures.html(found, manifest),
        "by-class": confusion.html(found, context.samples, manifest)
        + confusion.classes(found, manifest),
        "corrupted": corruption.kinds(found, manifest) + corruption.groups(found, manifest),
        "other-pictures": outside.html(found, manifest),
        "sets": sets.html(found, manifest),
        "sweeps": sweeps.html(context.published, manifest),
        "run": provenance.html(manifest, files.offered(context.models, manifest)),
    }
    links = "".join(f'<a href="#evidence-{name}">{title}</a>' for name, title in _SECTIONS.items())
    sections = "".join(
        f'<section id="evidence-{name}"><h2>{title}</h2>{content[name]}</section>'
        for name, title in _SECTIONS.items()
    )
    return f'<nav class="tw-contents" aria-label="On this tab">{links}</nav>{sections}'
