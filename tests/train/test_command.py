"""`python -m train` as a person starts it, kills it and starts it again."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import onnx
import pytest

from contract.artifacts import manifest
from contract.twins import NAMES
from harness.environment import clean_environment
from harness.paths import ROOT, SAMPLE

LIMIT_FILE_SIZE = (
    "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
    "sys.argv[0] = 'train'; import runpy; runpy.run_module('train', run_name='__main__')"
)


def command(*options: str) -> list[str]:
    base = [sys.executable, "-m", "train", "--data-dir", str(SAMPLE), "--precision", "fp32"]
    return [*base, "--recipe", "quick", *options]


def run(*options: str, first: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        first or command(*options),
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def weights_hashes(out: Path) -> dict[str, str]:
    entries = manifest.read(out).models
    return {name: entry.weights_sha256 for name, entry in entries.items()}


def test_killed_and_started_again_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    whole = ["--runs", str(tmp_path / "a"), "--out", str(tmp_path / "whole")]
    killed = ["--runs", str(tmp_path / "b"), "--out", str(tmp_path / "killed")]
    checkpoint = tmp_path / "b" / "quick-0" / "checkpoint.pt"
    process = subprocess.Popen(
        command(*killed), cwd=ROOT, env=clean_environment(), stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while not checkpoint.exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)  # into the next epoch
    finally:
        os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed" / manifest.FILE).exists()

    again = run(*killed)
    assert again.returncode == 0, again.stderr
    assert "resuming after epoch" in again.stdout
    never_killed = run(*whole)
    assert never_killed.returncode == 0, never_killed.stderr
    assert "resuming" not in never_killed.stdout
    assert weights_hashes(tmp_path / "killed") == weights_hashes(tmp_path / "whole")
    for name in NAMES:
        files = [next((tmp_path / out / name).rglob("*.onnx")) for out in ("killed", "whole")]
        assert files[0].read_bytes() == files[1].read_bytes()
    check_output(never_killed.stdout, tmp_path / "whole")


def check_output(printed: str, out: Path) -> None:
    """A plain line an epoch, since the output is no terminal; and the curves beside the pair."""
    lines = [line for line in printed.splitlines() if line.startswith("epoch ")]
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    assert all("pictures/s" in line and "min left" in line for line in lines)
    rows = list(csv.DictReader((out / manifest.read(out).curves.path).open()))
    assert [(row["epoch"], row["model"]) for row in rows[:2]] == [("1", "hard"), ("1", "smoothed")]
    assert len(rows) == 6
    for row in rows:
        assert 0 < float(row["train_loss"]) < 5
        assert 0 <= float(row["validation_accuracy"]) <= 1
    for path in out.rglob("*.onnx"):
        assert str(ROOT).encode() not in path.read_bytes()
        onnx.checker.check_model(onnx.load(path))


def test_a_checkpoint_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A limit on file sizes stands in for a full disk: both refuse the write half-way."""
    options = command("--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out"))[3:]
    done = run(first=[sys.executable, "-c", LIMIT_FILE_SIZE, *options])
    assert done.returncode == 1
    message = done.stderr.strip().splitlines()[-1]
    assert message.startswith("train: the checkpoint cannot be written to")
    assert "--runs" in message
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "runs" / "quick-0").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--out", str(tmp_path / "file" / "out"), "--runs", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"train: --out {tmp_path}/file/out cannot be written to")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--epsilon", "1"], "ε is 1; it must be at least 0 (hard labels) and below 1"),
        (["--epsilon", "-0.1"], "ε is -0.1; it must"),
        (["--epsilon", "nan"], "ε is nan; it must"),
        (["--seed", "x"], "seed is 'x'; it must be a whole number"),
        (["--recipe", "best"], "invalid choice: 'best'"),
        (["--out", "exported_models"], "a sample of CIFAR-10 must not be published there"),
        ([], "name another folder with --out"),
    ],
)
def test_a_wrong_option_is_refused_before_training(options: list[str], said: str) -> None:
    done = run(*options)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_another_run_in_the_folder_is_refused(tmp_path: Path) -> None:
    from tests.tiny import trainer
    from train.data import dataset
    from train.errors import TrainError
    from train.fitting import checkpoint

    trained = trainer(dataset.load(SAMPLE))
    checkpoint.save(tmp_path, trained, {"seed": 0, "epsilon": 0.1})
    with pytest.raises(TrainError, match=r"another epsilon \(0\.1, now 0\.2\)"):
        checkpoint.restore(tmp_path, trained, {"seed": 0, "epsilon": 0.2})
    (tmp_path / checkpoint.FILE).write_bytes(b"no checkpoint")
    with pytest.raises(TrainError, match="is not a checkpoint"):
        checkpoint.restore(tmp_path, trained, {"seed": 0, "epsilon": 0.1})
