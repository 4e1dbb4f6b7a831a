"""Adding costs one file: a ninth corruption reaches the stress test, the report and its plot.

A seventh tab and a fourth dialect have tests beside their rooms.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from contract import corruptions
from contract.corruptions import SEVERITIES, Pictures
from contract.twins import NAMES
from harness.paths import COMMITTED
from tests.conftest import SHORT, Published

if TYPE_CHECKING:
    from train.data.dataset import Cifar10


def posterise(pictures: Pictures, strength: int) -> Pictures:
    """Fewer and fewer levels of each colour."""
    step = 2 ** (strength + 3)
    return np.asarray(pictures // step * step, np.uint8)


@pytest.fixture
def _ninth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(corruptions.KINDS, "posterise", posterise)


@pytest.mark.usefixtures("_ninth")
def test_a_ninth_corruption_is_measured_and_drawn(
    evaluated_pair: Published, sample: Cifar10, tmp_path: Path
) -> None:
    from train.evaluation import evaluate
    from train.plots import robustness, style

    folder = Path(shutil.copytree(evaluated_pair.folder, tmp_path / "pair"))
    report = evaluate.evaluate(folder, sample, **SHORT)
    assert list(report.corruptions)[-1] == "posterise"
    assert len(report.corruptions["posterise"]) == len(SEVERITIES)
    assert set(report.corruptions["posterise"][0]) == set(NAMES)
    with style.in_use():
        figure = robustness.corruptions(report)
        shown = [axis.get_title() for axis in figure.axes if axis.get_title()]
        assert shown == list(report.corruptions)
        assert style.files("corruptions", figure)["corruptions.png"].startswith(b"\x89PNG")


@pytest.mark.usefixtures("_ninth")
def test_a_ninth_corruption_is_offered_by_the_page() -> None:
    from serve.assembly import create_rest
    from serve.page.build import build
    from serve.page.parts.samples import Samples
    from serve.page.tabs import TABS
    from serve.settings import Settings

    _, comparer = create_rest(Settings(models=COMMITTED))
    samples = Samples(COMMITTED, comparer.pair.manifest.model_hashes)
    page = build(comparer, COMMITTED, COMMITTED, samples, TABS)
    (kinds,) = (
        component["props"]["choices"]
        for component in page.get_config_file()["components"]
        if component["props"].get("elem_id") == "corruption"
    )
    assert [value for _, value in kinds] == list(corruptions.KINDS)
    assert kinds[-1][1] == "posterise"
