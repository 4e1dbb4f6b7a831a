"""ONNX Runtime reports to its maker unless it is told not to before it is imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from contract import telemetry
from harness.paths import ROOT
from tests.structure import imports, modules

USERS = sorted(
    {
        name.split(".")[0]
        for name in modules()
        if "onnxruntime" in {package.split(".")[0] for package in imports(name)}
        if not name.startswith(("tests", "benchmarks.peers"))
    }
)
ROOMS = ("serve", "train", "lessons", "benchmarks", "harness", "tools")


def seen_in(room: str, **environment: str) -> str:
    """What the variable holds once a room is imported, and whether that loads ONNX Runtime."""
    program = (
        f"import sys, os, {room}; print(os.environ[{telemetry.VARIABLE!r}], "
        "'onnxruntime' in sys.modules)"
    )
    clean = {key: value for key, value in os.environ.items() if key != telemetry.VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_no_room_that_uses_onnx_runtime_is_forgotten() -> None:
    assert set(USERS) <= set(ROOMS)
    assert {"serve", "train", "harness"} <= set(USERS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_turns_it_off_before_any_of_its_modules_is_loaded(room: str) -> None:
    assert seen_in(room) == "1 False"


def test_a_value_that_the_user_has_set_stays() -> None:
    assert seen_in("serve", **{telemetry.VARIABLE: "0"}) == "0 False"


def test_the_tests_and_the_peers_inherit_it() -> None:
    assert os.environ[telemetry.VARIABLE]
