"""The running application asks no other host for anything, and looks up no name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contract import telemetry
from harness.environment import clean_environment
from harness.paths import ROOT
from harness.servers import WITH_PAGE

PORT = 7860  # the network is its own, so every port is free
SECONDS = 32.0
"""ONNX Runtime's reports come about 10, 16 and 24 seconds after the start."""


def watched(command: list[str], seconds: float, **environment: str) -> dict[str, Any]:
    """What `command` tried to reach. Skips where a network of its own cannot be made."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no program unshare here, which makes the network to watch")
    private = [unshare, "--net"] if os.geteuid() == 0 else [unshare, "--map-root-user", "--net"]
    if subprocess.run([*private, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make a network of its own")
    watch = [sys.executable, "-m", "tests.serve.network_watch", str(seconds), str(PORT)]
    done = subprocess.run(
        [*private, *watch, *command],
        cwd=ROOT,
        env={**clean_environment(), "TWINLABEL_PORT": str(PORT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_watch_sees_a_name_that_is_looked_up_and_a_connection() -> None:
    for attempt in (
        "socket.getaddrinfo('twinlabel.invalid', 443)",
        "socket.create_connection(('192.0.2.1', 443), 1)",
    ):
        found = watched([sys.executable, "-c", f"import socket; {attempt}"], 1.0)
        assert any(found["counted"].values()), f"{attempt} was not seen: {found}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [{}, {"SPACE_ID": "owner/twinlabel", "SYSTEM": "spaces", "GRADIO_SSR_MODE": "True"}],
    ids=["at home", "on a Space"],
)
def test_nothing_leaves_the_machine_in_half_a_minute(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    found = watched(
        WITH_PAGE.command_for(PORT),
        SECONDS,
        HOME=str(tmp_path),
        GRADIO_TEMP_DIR=str(tmp_path / "uploads"),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        **environment,
    )
    assert found["ended"] is None
    assert found["status"] == 200
    assert found["counted"] == dict.fromkeys(found["counted"], 0)
    left = [path for path in tmp_path.rglob("*") if "onnxruntime" in str(path).lower()]
    assert left == []


@pytest.mark.slow
def test_the_watch_sees_what_onnx_runtime_sends_when_the_user_asks_for_it(tmp_path: Path) -> None:
    """So the test above can fail."""
    found = watched(
        WITH_PAGE.command_for(PORT),
        SECONDS,
        HOME=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        GRADIO_TEMP_DIR=str(tmp_path / "uploads"),
        **{telemetry.VARIABLE: "0"},
    )
    assert any(found["counted"].values())
