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


def front_matter(readme: Path) -> list[str]:
    return readme.read_text(encoding="utf-8").split("---\n")[1].splitlines()


def test_a_gpu_space_gets_cuda_and_asks_for_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which packages that are is a test of the lock. The repository's own README stays."""
    asked: list[tuple[str, ...]] = []

    def pinned(groups: tuple[str, ...], *_: str) -> str:
        asked.append(groups)
        return ""

    monkeypatch.setattr(space, "pinned", pinned)
    before = (ROOT / "README.md").read_bytes()
    for name, gpu in (("cpu", False), ("gpu", True)):
        (tmp_path / name).mkdir()
        space.stage(tmp_path / name, gpu)
    assert asked == [("serve",), ("serve", "gpu")]
    assert (ROOT / "README.md").read_bytes() == before
    assert (tmp_path / "cpu" / "README.md").read_bytes() == before
    cpu, gpu_front = (front_matter(tmp_path / name / "README.md") for name in ("cpu", "gpu"))
    assert "suggested_hardware: cpu-basic" in cpu
    assert "suggested_hardware: t4-small" in gpu_front
    assert [line for line in gpu_front if line not in cpu] == ["suggested_hardware: t4-small"]


@pytest.mark.slow  # installs half a gigabyte
def test_a_space_can_be_built_and_started_here() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.space_check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "there is no Python" in done.stderr or "Failed to fetch" in done.stderr:
        pytest.skip(done.stderr.strip()[-200:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok: ") == 8


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
    # A package may stand there twice, once for some machines and once for others.
    assert {line.split(";")[0].strip() for line in pinned} <= {
        line.split(";")[0].strip() for line in whole
    }
