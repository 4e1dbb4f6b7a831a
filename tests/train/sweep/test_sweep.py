"""The sweep on the real sample with a tiny network; killed, it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from contract.artifacts import sweep as table
from harness.environment import clean_environment
from harness.paths import ROOT
from tests.tiny import CPU, TINY
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.sweep import training

SCRIPT = """
import sys
from pathlib import Path
from harness.paths import SAMPLE
from tests.tiny import CPU, TINY
from train import commands
from train.data import dataset
from train.sweep import training
rows, out = map(Path, sys.argv[1:])
runs = training.plan((0.2,), 2, noisy_epsilons=())
found = training.sweep(runs, TINY, dataset.load(SAMPLE), CPU, rows)
commands.publish_sweep(found, out)
"""


def start(rows: Path, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(rows), str(out)],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_and_started_again_it_ends_with_the_same_table(tmp_path: Path) -> None:
    killed = start(tmp_path / "a", tmp_path / "out-a")
    deadline = time.monotonic() + 120
    while not (tmp_path / "a" / training.ROWS).exists() and killed.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    kept = table.from_csv((tmp_path / "a" / training.ROWS).read_text())
    assert 1 <= len(kept) < 4
    assert not (tmp_path / "out-a").exists()

    printed, _ = (again := start(tmp_path / "a", tmp_path / "out-a")).communicate(timeout=240)
    assert again.returncode == 0
    done = [line for line in printed.splitlines() if "ECE at T" in line]
    assert len(done) == 4 - len(kept)
    whole = start(tmp_path / "b", tmp_path / "out-b")
    whole.communicate(timeout=240)
    made = {path.name: path.read_bytes() for path in (tmp_path / "out-a").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "out-b").iterdir()}
    assert sorted(made) == ["tiny.csv", "tiny.png", "tiny.svg"]
    assert [path.name for path in (tmp_path / "b").iterdir() if path.is_dir()] == []

    rows = table.read_rows(tmp_path / "out-a" / "tiny.csv")
    assert [row.key for row in rows] == sorted(run.key for run in training.plan((0.2,), 2, ()))
    for row in rows:
        assert 0 < row.accuracy < 0.6
        assert row.signed_gap == pytest.approx(row.confidence - row.accuracy, abs=1e-5)
        assert row.nll_scaled <= row.nll + 0.05


def test_the_default_plan_compares_within_seeds() -> None:
    planned = training.plan(training.EPSILONS, training.SEEDS)
    assert len(planned) == len({run.key for run in planned}) == 35
    assert [run.seed for run in planned[:7]] == [0] * 7
    assert {run.epsilon for run in planned if not run.label_noise} == {0, 0.05, 0.1, 0.2, 0.5}
    assert {run.epsilon for run in planned if run.label_noise} == {0, 0.1}


def test_label_noise_moves_just_so_many_labels(sample: Cifar10) -> None:
    noisy = training.with_label_noise(sample.train, 0.2, 3)
    moved = noisy.labels != sample.train.labels
    assert int(moved.sum()) == round(0.2 * len(sample.train))
    assert noisy.labels.min() >= 0
    assert noisy.labels.max() <= 9
    assert torch.equal(noisy.images, sample.train.images)
    assert torch.equal(noisy.labels, training.with_label_noise(sample.train, 0.2, 3).labels)
    assert not torch.equal(noisy.labels, training.with_label_noise(sample.train, 0.2, 4).labels)
    assert torch.equal(training.with_label_noise(sample.train, 0.0, 3).labels, sample.train.labels)


def test_rows_of_another_recipe_are_not_mixed(sample: Cifar10, tmp_path: Path) -> None:
    from dataclasses import replace

    training.sweep(
        [training.Run(0.0, e, s) for s in (0, 1) for e in (0.0, 0.2)],
        TINY,
        sample,
        CPU,
        tmp_path,
    )
    with pytest.raises(TrainError, match=r"another recipe\.epochs \(1, now 2\)"):
        training.sweep([], replace(TINY, epochs=2), sample, CPU, tmp_path)
    (tmp_path / training.ROWS).write_text("spoilt")
    with pytest.raises(TrainError, match="is not a sweep's table"):
        training.sweep([], TINY, sample, CPU, tmp_path)
