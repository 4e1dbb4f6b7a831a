"""Each lesson against its right answer, and as a person runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from lessons import linear, loss, pipeline
from lessons.__main__ import LESSONS
from tests.conftest import ROOT


@pytest.mark.parametrize("name", LESSONS)
def test_it_runs_and_prints_its_claims(name: str) -> None:
    command = [sys.executable, "-m", "lessons", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "claimed  measured" in done.stdout
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert again.stdout == done.stdout


def test_an_unknown_lesson_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lessons", "other"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'other'" in done.stderr


@pytest.mark.parametrize(("epsilon", "expected"), loss.CLAIMED.items())
def test_loss(epsilon: float, expected: float) -> None:
    # Four digits are given; that of ε = 0.2 is 0.55395, given as 0.5540.
    assert loss.measured(epsilon) == pytest.approx(expected, abs=6e-5)


def test_linear() -> None:
    losses, predicted = linear.train()
    assert losses[0] == pytest.approx(1.0057, abs=5e-5)
    assert losses[-1] == pytest.approx(0.9148, abs=5e-5)
    assert losses == sorted(losses, reverse=True)
    assert len(predicted) == 3


def test_pipeline() -> None:
    data = pipeline.make()
    assert list(data.inputs.shape) == [1000, 10]
    assert torch.allclose(data.smoothed.sum(dim=1), torch.ones(1000))
    assert data.smoothed.max() == pytest.approx(0.9)
    assert data.smoothed.min() == pytest.approx(0.05)
    assert set(data.labels.tolist()) == {0, 1, 2}
    net = pipeline.network()
    history = pipeline.train(net, data)
    losses = [epoch[0] for epoch in history]
    assert losses == sorted(losses, reverse=True)
    assert history[-1][2] > 0.6  # of rows never seen; a guess would be right on a third
    stages = pipeline.trace(net, data.inputs[pipeline.TRAIN])
    assert [list(value.shape) for _, value in stages] == [[10], [16], [16], [8], [8], [3], [3]]
    assert stages[-1][1].sum() == pytest.approx(1)
