"""In a frame, as on a Space, the page tells the page around it what its address says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, FrameLocator, Page
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from harness.servers import Server
from serve.page import mount
from tests.serve.page.conftest import PATIENCE, arrived, needs_chromium
from tests.serve.page.mounted.served import in_thread, served

pytestmark = needs_chromium
_AROUND = """<!doctype html><title>around</title>
<script>
window.told = [];
addEventListener('message', (event) => {{
  if (event.origin === {origin!r}) told.push(event.data);
}});
</script>
<iframe src="{address}" width="1300" height="850"></iframe>"""


@contextmanager
def around(inner: list[str]) -> Iterator[str]:
    """The address of a page of another origin that frames `inner[0]`, as a Space's page does.

    A list, because the page in the frame may have to know this address before it has its own.
    """

    async def page(_: Any) -> HTMLResponse:
        return HTMLResponse(_AROUND.format(origin=inner[0], address=inner[0]))

    with in_thread(Starlette(routes=[Route("/", page)])) as url:
        yield url


def told(tab: Page) -> list[dict[str, str]]:
    """What the page around has been told, without Gradio's own messages about its size."""
    found: list[Any] = tab.evaluate("told")
    return [each for each in found if isinstance(each, dict) and "queryString" in each]


def wait_for(tab: Page, query: str) -> None:
    condition = "query => told.some((each) => each && each.queryString === query)"
    tab.wait_for_function(condition, arg=query, timeout=PATIENCE)


def opened_around(chromium: Browser, url: str) -> tuple[Page, FrameLocator]:
    tab = chromium.new_page(viewport={"width": 1400, "height": 950})
    tab.goto(url)
    inner = tab.frame_locator("iframe")
    inner.locator("body[data-arrived]").wait_for(timeout=PATIENCE)
    return tab, inner


def test_the_page_around_is_told_each_change_of_the_address(chromium: Browser) -> None:
    addresses: list[str] = []
    with around(addresses) as outer, served(framed_by=outer) as inner_url:
        addresses.append(inner_url)
        tab, inner = opened_around(chromium, outer)
        inner.get_by_role("tab", name="Gallery").first.click()
        wait_for(tab, "tab=gallery")
        inner.locator("#gallery [data-place], #gallery button").first.click()
        tab.wait_for_function(
            "() => told.some((each) => /^sample=\\d+$/.test((each || {}).queryString || ''))",
            timeout=PATIENCE,
        )
        last = told(tab)[-1]
        assert set(last) == {"queryString", "hash"}
        assert re.fullmatch(r"sample=\d+", last["queryString"])
        # The same words lead there directly, which is what the page around does with them.
        direct = chromium.new_page()
        direct.goto(f"{inner_url}/?{last['queryString']}")
        number = last["queryString"].split("=")[1]
        direct.locator(f'[data-sample="{number}"]').wait_for(state="attached", timeout=PATIENCE)
        direct.close()
        tab.close()


def test_any_other_page_around_is_told_nothing(chromium: Browser, server: Server) -> None:
    """The one that is told is Hugging Face's."""
    assert mount.SPACES == "https://huggingface.co"
    with around([server.url]) as outer:
        tab, inner = opened_around(chromium, outer)
        inner.get_by_role("tab", name="Gallery").first.click()
        inner.get_by_role("tab", name="Gallery", selected=True).first.wait_for(timeout=PATIENCE)
        tab.wait_for_timeout(500)
        assert told(tab) == []
        assert tab.frames[1].evaluate("FRAMED_BY") == "https://huggingface.co"
        tab.close()


def test_a_page_that_is_not_framed_tells_nobody(chromium: Browser, server: Server) -> None:
    tab = chromium.new_page()
    tab.add_init_script("window.told = []; addEventListener('message', (e) => told.push(e.data));")
    tab.goto(server.url)
    arrived(tab)
    tab.get_by_role("tab", name="Gallery").first.click()
    tab.wait_for_url("**/?tab=gallery", timeout=PATIENCE)
    assert told(tab) == []
    tab.close()
