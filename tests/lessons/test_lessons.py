"""Each lesson against its right answer, and as a person runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from contract import sweep as rows
from lessons import experiment, linear, loss, pipeline, sweep
from lessons.__main__ import LESSONS
from tests.conftest import ROOT, SAMPLE
from tests.contract.test_sweep import ROW


# `experiment` trains for minutes; it has a test of its own.
@pytest.mark.parametrize("name", [name for name in LESSONS if name != "experiment"])
def test_it_runs_and_prints_its_claims(name: str) -> None:
    command = [sys.executable, "-m", "lessons", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(r"claimed +measured", done.stdout)
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


@pytest.mark.slow
def test_experiment_on_the_sample(tmp_path: Path) -> None:
    """The recipe, the seeds and the tables; with 900 pictures, not the figures."""
    options = ["--seeds", "2", "--data-dir", str(SAMPLE), "--runs", str(tmp_path)]
    command = [sys.executable, "-m", "lessons", "experiment", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    trained = rows.read_rows(tmp_path / "sweep-classic" / "rows.csv")
    assert [(row.epsilon, row.seed) for row in trained] == [(0, 0), (0, 1), (0.1, 0), (0.1, 1)]
    for row in trained:
        assert row.accuracy > 0.2  # a guess is right on a tenth
        assert row.train_loss > (0.5 if row.epsilon else 0)
    assert "seed 1, ε = 0.1" in done.stdout
    assert "hard: accuracy on training pictures" in done.stdout
    assert "                      95.0%" in done.stdout
    # What was trained is not trained again; and a sample's figures are no evidence.
    refused = subprocess.run(
        [*command, "--publish"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "a sample of CIFAR-10 is not published" in refused.stderr


def test_experiment_compares_the_claim_with_what_was_measured() -> None:
    measured = [
        replace(ROW, recipe="classic", seed=seed, epsilon=epsilon, accuracy=0.72 + 0.001 * seed)
        for epsilon in (0.0, 0.1)
        for seed in range(3)
    ]
    lines = experiment.text(measured).splitlines()
    assert "seed 2, ε = 0.1" in "\n".join(lines)
    (hard,) = [x for x in lines if x.startswith("hard: accuracy on unseen pictures")]
    assert hard.split()[-4:] == ["80.0%", "72.1%", "±", "0.2%"]
    assert [x.split()[-2:] for x in lines if x.startswith("above 85%")] == [["yes", "no"]]


def test_sweep_finds_where_underfitting_starts() -> None:
    def trained(epsilon: float, loss: float) -> list[rows.Row]:
        return [
            replace(
                ROW,
                seed=seed,
                epsilon=epsilon,
                accuracy=ROW.accuracy - loss - 0.0001 * seed * (1 + epsilon),
                train_accuracy=ROW.train_accuracy - loss - 0.0002 * seed * (1 + epsilon),
            )
            for seed in range(4)
        ]

    table = [*trained(0.0, 0.0), *trained(0.1, 0.0), *trained(0.2, 0.02), *trained(0.5, 0.05)]
    assert sweep.underfits_from(rows.summary(table)) == 0.2
    assert "it starts at ε = 0.2" in sweep.text("small", table)
    assert sweep.underfits_from(rows.summary(table[:8])) is None
    assert "training accuracy nowhere, test accuracy nowhere" in sweep.text("small", table[:8])
    # Only on the training pictures: no underfitting by this measure, and the text says where.
    halves = [replace(row, accuracy=ROW.accuracy - 0.0001 * row.seed) for row in table]
    assert sweep.underfits_from(rows.summary(halves)) is None
    assert "training accuracy from ε = 0.2, test accuracy nowhere" in sweep.text("small", halves)
