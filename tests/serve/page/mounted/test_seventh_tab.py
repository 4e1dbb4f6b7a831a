"""A seventh tab, registered beside the six, on the real page in real Chromium.

Nothing of the page changes for it: the tab bar, links to it, and Back and Forward work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, expect

from serve.page.address import Address
from serve.page.tab import Built, Context, Tab
from serve.page.tabs import TABS
from serve.page.tabs.compare import ComparedPicture
from tests.serve.page.conftest import needs_chromium, opened
from tests.serve.page.mounted.served import served


def build(context: Context) -> Built:
    """A tab that counts the gallery, reads a word from the address, and uses Compare's picture."""
    gr.HTML(f"{len(context.samples.all)} test pictures", elem_id="inside")
    word = gr.Textbox("none", label="word", elem_id="word")
    shown = gr.HTML("unopened", elem_id="picture")
    picture = context.offered(ComparedPicture)
    context.item.select(lambda seen: "a picture" if seen else "no picture", picture.seen, shown)

    def restore(address: Address) -> Sequence[Any]:
        return [address.among("word", ("blue", "green")) or gr.skip()]

    return Built(restored=[word], restore=restore)


SEVENTH = Tab("seventh", "The seventh", build)


@needs_chromium
def test_a_seventh_tab_needs_only_to_be_registered(chromium: Browser) -> None:
    with served(tabs=(*TABS, SEVENTH)) as url:
        page = opened(chromium, url)
        tab = page.get_by_role("tab", name=SEVENTH.title).first
        chosen = page.get_by_role("tab", selected=True)
        expect(tab).to_be_visible()
        assert "tab=" not in page.url
        tab.click()
        expect(page.locator("#inside")).to_be_visible()
        expect(page.locator("#picture")).to_have_text("a picture")
        assert "tab=seventh" in page.url
        page.get_by_role("tab", name="Learn").first.click()
        assert "tab=learn" in page.url
        page.go_back()
        expect(chosen).to_have_text(SEVENTH.title)
        assert "tab=seventh" in page.url
        page.go_back()
        expect(chosen).to_have_text(TABS[0].title)
        assert "tab=" not in page.url
        page.go_forward()
        expect(chosen).to_have_text(SEVENTH.title)

        sample = page.locator("#samples button").first
        page.get_by_role("tab", name=TABS[0].title).first.click()
        sample.click()
        expect(page.locator("#seen img")).to_be_visible()
        tab.click()
        expect(page.locator("#picture")).to_have_text("a picture")
        page.context.close()

        linked = opened(chromium, f"{url}/?tab=seventh&word=blue")
        expect(linked.get_by_role("tab", selected=True)).to_have_text(SEVENTH.title)
        expect(linked.locator("#inside")).to_contain_text("test pictures")
        expect(linked.locator("#word textarea, #word input")).to_have_value("blue")
        linked.context.close()


def test_a_tab_is_its_modules_name() -> None:
    """The name in the list of tabs is also the one in the address."""
    names = [tab.name for tab in TABS]
    assert names == [tab.build.__module__.rpartition(".")[2] for tab in TABS]
    assert len(set(names)) == len(names)


def test_a_tab_in_the_wrong_place_is_told_so() -> None:
    with pytest.raises(LookupError, match="ComparedPicture"):
        Context.offered(
            Context(None, None, None, None, None, None),  # type: ignore[arg-type]
            ComparedPicture,
        )
