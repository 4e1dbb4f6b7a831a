"""What a Space would get, without asking anybody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.environment import clean_environment
from harness.paths import ROOT
from tools import space


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in clean_environment().items() if not k.startswith(("HF_", "HUGG"))}
    return subprocess.run(
        [sys.executable, "-m", "tools.space", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_dry_run_lists_what_serving_needs_and_nothing_else() -> None:
    listed = run("--dry-run").stdout.splitlines()
    for needed in (
        "app.py",
        "README.md",
        "requirements.txt",
        "serve/page/static/quiz.json",
        "serve/page/static/style.css",
        "exported_models/manifest.json",
        "exported_models/evidence/logits.npz",
        "exported_models/evidence/claims.json",
        "exported_models/gallery/sheet.png",
    ):
        assert needed in listed
    rooms = {path.split("/")[0] for path in listed}
    assert rooms <= {*space.PARTS, "requirements.txt"}
    assert not [path for path in listed if path.endswith(".svg")]


def test_without_a_token_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run("owner/name", HF_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "HF_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow  # asks the package index
def test_its_requirements_are_the_serving_group_at_the_same_versions() -> None:
    pinned = {line for line in space.requirements().splitlines() if "==" in line}
    whole = set((ROOT / "requirements.txt").read_text().splitlines())
    assert not [line for line in pinned if line.startswith(("torch", "onnx=="))]
    assert any(line.startswith("gradio==") for line in pinned)
    names = {line.split("==")[0]: line.split(";")[0].strip() for line in whole if "==" in line}
    for line in pinned:
        name = line.split("==")[0]
        assert names[name].split("==")[1] == line.split(";")[0].strip().split("==")[1]
