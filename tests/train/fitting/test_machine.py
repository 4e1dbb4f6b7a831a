"""What training asks of its machine: an allocator that works, and a device that is there."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from harness.environment import clean_environment
from harness.paths import ROOT
from train import __main__ as command_line
from train.errors import TrainError
from train.fitting import allocator, hardware


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that would have taken this one's place."""
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, line: seen.append(line))
    monkeypatch.setattr(os, "environ", {**os.environ, "LD_PRELOAD": ""})
    monkeypatch.setattr(sys, "platform", "linux")
    return seen


@pytest.mark.parametrize("broken", ["no library", "ends the program"])
def test_a_broken_jemalloc_is_left_out(
    broken: str,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    library = tmp_path / "libjemalloc.so.2"
    library.write_bytes(b"this is no library")
    if broken == "ends the program":
        monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: str(library))
    allocator.prefer_jemalloc()
    assert started == []
    assert not os.environ["LD_PRELOAD"]
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert f"{library} is not used" in said


@pytest.mark.skipif(
    ctypes.util.find_library("jemalloc") is None, reason="jemalloc is not installed here"
)
def test_one_that_works_is_used(started: list[list[str]]) -> None:
    allocator.prefer_jemalloc()
    assert len(started) == 1
    assert "jemalloc" in os.environ["LD_PRELOAD"]


@pytest.mark.parametrize(("device", "maker"), [("cuda", "NVIDIA"), ("mps", "Apple")])
def test_a_gpu_that_is_not_there_is_refused(
    device: str, maker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(TrainError, match=f"--device {device}: .* no usable {maker} GPU"):
        hardware.choose(device, "fp32")
    assert hardware.choose("auto", "fp32").device.type == "cpu"


def test_an_apple_gpu_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    chosen = hardware.choose("auto", "auto")
    assert (chosen.device.type, chosen.dtype) == ("mps", torch.float32)
    assert hardware.choose("cpu", "fp32").device.type == "cpu"
    with pytest.raises(TrainError, match="--precision bf16"):
        hardware.choose("mps", "bf16")


def test_a_missing_operator_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(_: object) -> None:
        raise NotImplementedError(
            "The operator 'aten::example' is not currently implemented for the MPS device.\nMore."
        )

    monkeypatch.setattr(command_line, "_train", lacking)
    monkeypatch.setattr(sys, "argv", ["train"])
    with pytest.raises(SystemExit, match=r"aten::example.*PYTORCH_ENABLE_MPS_FALLBACK=1"):
        command_line.main()


COMMANDS = ["train", "train evaluate", "train export", "train sweep", "serve", "lessons"]


@pytest.mark.parametrize(
    ("command", "page"),
    [*((command, "ascii") for command in COMMANDS), ("train", "cp1252"), ("train", "LANG=C")],
)
def test_help_can_be_printed_in_any_code_page(command: str, page: str) -> None:
    environment = clean_environment() | {"PYTHONIOENCODING": page}
    if page == "LANG=C":
        environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        del environment["PYTHONIOENCODING"]
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode("ascii" if page != "cp1252" else page)
    if command in ("train", "train sweep"):
        assert "epsilon" in said.replace("--epsilon", "")
