"""Each lesson against its right answer, and as a person runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from contract.artifacts.sweep import FOLDER, Row, as_csv
from harness.paths import ROOT
from lessons import experiment, linear, loss, pipeline, sweep
from lessons.__main__ import LESSONS
from tests.rows import ROW, grid
from train.sweep.summary import summarise


@pytest.mark.parametrize("name", LESSONS)
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
    def trained(epsilon: float, loss: float) -> list[Row]:
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
    assert sweep.underfits_from(summarise(table)) == 0.2
    assert "it starts at ε = 0.2" in sweep.text("small", table)
    assert sweep.underfits_from(summarise(table[:8])) is None
    assert "training accuracy nowhere, test accuracy nowhere" in sweep.text("small", table[:8])
    # Only on the training pictures: no underfitting by this measure, and the text says where.
    halves = [replace(row, accuracy=ROW.accuracy - 0.0001 * row.seed) for row in table]
    assert sweep.underfits_from(summarise(halves)) is None
    assert "training accuracy from ε = 0.2, test accuracy nowhere" in sweep.text("small", halves)


def test_a_sweep_that_cannot_be_read_is_named_and_the_others_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "broken.csv").write_text("a,b\n")
    (folder / "small.csv").write_text(as_csv(grid()))
    monkeypatch.setattr(sweep, "MODELS", tmp_path)
    sweep.main()
    printed = capsys.readouterr()
    assert "small: means over 5 seeds" in printed.out
    assert "broken.csv cannot be used" in printed.err


def test_without_its_table_the_experiment_says_how_to_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "MODELS", tmp_path)
    with pytest.raises(SystemExit, match="python -m train sweep --recipe classic"):
        experiment.main()
