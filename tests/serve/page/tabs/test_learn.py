"""The tab Learn: its curves are whole, whatever ε is."""

from __future__ import annotations

import re

import pytest

from contract.artifacts import manifest
from contract.smoothing import Convention
from harness.paths import COMMITTED
from serve.page.tabs.learn import by_hand


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("convention", ["uniform mix", "others only"])
def test_no_loss_is_cut_at_the_top_of_the_axis(
    epsilon: float, classes: int, convention: Convention
) -> None:
    html = by_hand(epsilon, classes, convention, manifest.read(COMMITTED))
    top = float(re.findall(r'class="tw-axis" d="M[\d.]+ ([\d.]+)V', html)[0])
    for line in re.findall(r'class="tw-line tw-\w+" points="([^"]+)"', html):
        highest = [float(point.split(",")[1]) for point in line.split()]
        # A curve that is cut runs along the top edge.
        assert sum(y <= top for y in highest) <= 1
