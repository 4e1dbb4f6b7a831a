"""The page as Gradio components: what stands above the tabs, the tabs, and what stands below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from serve.inference.compare import Comparer
from serve.page import frame
from serve.page.address import Address
from serve.page.parts.events import QUIETLY
from serve.page.parts.samples import Samples
from serve.page.tab import Built, Context, Tab

# Seconds: how often Gradio deletes the uploads that it knows of, and how old they are by then. It
# must come before the sweep of the whole folder, because it remembers a file until it deletes it.
_UPLOADS_DELETED = (15, 240)


def build(
    comparer: Comparer, models: Path, published: Path, samples: Samples, tabs: Sequence[Tab]
) -> gr.Blocks:
    """The page, not yet served; folders as for `serve.page.mount.mount`."""
    page: gr.Blocks
    with gr.Blocks(
        title="Twinlabel", analytics_enabled=False, delete_cache=_UPLOADS_DELETED
    ) as page:
        gr.HTML(frame.header(comparer.device, comparer.pair.precision))
        built: list[Built] = []
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as bar:
            for tab in tabs:
                with gr.Tab(tab.title, id=tab.name) as item:
                    earlier = tuple(each.offers for each in built)
                    context = Context(comparer, samples, models, published, bar, item, earlier)
                    built.append(tab.build(context))
        gr.HTML(frame.footer())
        _restore_from_address(page, bar, [tab.name for tab in tabs], built)
        page.load(None, None, None, js="() => window.twOwnAddress()")
    return page


def _restore_from_address(
    page: gr.Blocks, bar: gr.Tabs, names: Sequence[str], built: Sequence[Built]
) -> None:
    """On arrival, open the tab that the address names, and let each tab restore its own part."""

    def restore(request: gr.Request) -> tuple[Any, ...]:
        address = Address(request.query_params)
        chosen = address.among("tab", names)
        return (
            gr.skip() if chosen is None else gr.Tabs(selected=chosen),
            *(value for tab in built for value in tab.restore(address)),
        )

    restored = [component for tab in built for component in tab.restored]
    page.load(restore, None, [bar, *restored], **QUIETLY)
