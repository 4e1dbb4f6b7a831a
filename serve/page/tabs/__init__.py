"""The tabs of the page, one module each. A new tab is a new module, and one line in `TABS`."""

from __future__ import annotations

from serve.page.tab import Tab
from serve.page.tabs import batch, calibration, compare, evidence, gallery, learn, stress

TABS: tuple[Tab, ...] = (
    compare.TAB,
    gallery.TAB,
    stress.TAB,
    calibration.TAB,
    evidence.TAB,
    learn.TAB,
    batch.TAB,
)
"""In the order in which they are shown. The first one is open at an address that names none."""
