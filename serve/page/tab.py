"""What a tab of the page is, what it is given when it is built, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from gradio.components import Component

from contract.artifacts.manifest import Manifest
from serve.inference.compare import Comparer
from serve.page.address import Address
from serve.page.parts.samples import Samples

Offer = TypeVar("Offer")


@dataclass(frozen=True)
class Context:
    """Everything that a tab may use."""

    comparer: Comparer
    samples: Samples
    models: Path
    """The folder of the pair that is served."""
    published: Path
    """The folder of the published pair, whose claims are shown; a quantised pair has none."""
    tabs: gr.Tabs
    """All tabs, for one that opens another."""
    item: gr.Tab
    """The tab itself: its `select` event says that it was opened."""
    earlier: tuple[object, ...] = ()
    """What the tabs before this one offer."""

    @property
    def manifest(self) -> Manifest:
        """The manifest of the pair that is served."""
        return self.comparer.pair.manifest

    def offered(self, kind: type[Offer]) -> Offer:
        """What an earlier tab offers of the type `kind`. Raises `LookupError` if none does."""
        for offer in self.earlier:
            if isinstance(offer, kind):
                return offer
        raise LookupError(f"no tab before this one offers a {kind.__name__}: reorder the tabs")


@dataclass(frozen=True)
class Built:
    """A tab after it was built: what the address restores in it, and what later tabs may use."""

    restored: Sequence[Component] = ()
    """The components whose values the address may hold."""
    restore: Callable[[Address], Sequence[Any]] = lambda _: ()
    """Their values, one for each; `gr.skip()` where the address does not say, because the user may
    already have changed the component while the page was loading."""
    offers: object = None


@dataclass(frozen=True)
class Tab:
    """One tab of the page."""

    name: str
    """In the address, as `?tab=NAME`."""
    title: str
    """In the tab bar."""
    build: Callable[[Context], Built]
    """Makes the tab's components; called with the tab open for them."""
