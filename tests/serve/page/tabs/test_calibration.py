"""The calibration tab: what is in sight on a projector, and labels that do not collide."""

from __future__ import annotations

import itertools
import re
from functools import cache

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from contract.artifacts import manifest, report
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.servers import Server
from serve.inference.evidence import TestSet
from serve.page.figures import diagram
from serve.page.figures.chart import LETTER
from serve.page.parts.reliability import States
from tests.serve.page.conftest import needs_chromium, opened, show


@cache
def states() -> States:
    _, stored = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    labels = stored["test_labels"].astype(np.int64)
    return States(TestSet(labels, {name: stored[f"test_{name}"] for name in NAMES}))


def labels(html: str) -> list[tuple[float, float, str]]:
    """The place and the text of each count that is written at a point."""
    found = re.findall(r'class="tw-count" x="([\d.]+)" y="([\d.]+)">([\d,]+)<', html)
    return [(float(x), float(y), text) for x, y, text in found]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("temperature", [0.25, 0.5, 0.69, 1.0, 1.12, 2.0, 4.0])
def test_no_two_counts_collide_at_any_temperature(name: str, temperature: float) -> None:
    now, raw = states().at(name, temperature), states().at(name, 1.0)
    html = diagram.html(name, now, raw, states().pictures, manifest.read(COMMITTED))
    found = labels(html)
    # The bins that decide the ECE are named, whatever has to be left out.
    assert f"{now.table.count.max():,}" in {text for _, _, text in found}
    assert len(found) >= len(now.table.count) / 2
    for (x, y, text), (other_x, other_y, other) in itertools.combinations(found, 2):
        apart = x + LETTER * len(text) <= other_x or other_x + LETTER * len(other) <= x
        assert apart or abs(y - other_y) >= 14, (text, other)


def test_a_perfect_model_lies_within_the_grey_range_95_times_in_100() -> None:
    """Simulated: the range is for the confidences of the model itself."""
    state = states().at("smoothed", 1.0)
    _, stored = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    from contract import calibration as c

    sure = c.softmax(stored["test_smoothed"]).max(axis=1)
    which = c.equal_width_bins(sure, c.BINS)
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        table = c.table_of(sure, rng.random(len(sure)) < sure, which, c.BINS)
        off = np.abs(table.accuracy - table.confidence) <= 1.96 * state.chance
        inside.append(off[table.count >= 100])
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)


@needs_chromium
def test_both_diagrams_with_axis_and_figures_are_in_sight_on_a_projector(
    chromium: Browser, server: Server
) -> None:
    page = opened(chromium, server.url, 1280, 720)
    show(page, "Calibration")
    for name in NAMES:
        part = page.locator(f"#diagrams .tw-{name}.tw-reliability")
        expect(part.locator("svg")).to_be_in_viewport(ratio=1)
        expect(part.locator(".tw-figures")).to_be_in_viewport(ratio=1)
        expect(part.get_by_text("floor").first).to_be_visible()
    page.context.close()
