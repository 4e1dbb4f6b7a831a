"""The promises of the repository's papers and files, checked on the files as they are."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

from harness.paths import ROOT
from tests.structure import ROOMS, modules
from tools import card, claims, lock
from tools.evidence import page as evidence

README = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST_FILE = 280
MOST_MODULES = 11
"""In a folder, its `__init__.py` not counted."""


def test_the_app_does_not_load_torch() -> None:
    program = (
        "import sys, app; from serve.page import mount; "
        "print([m for m in ('torch', 'onnx', 'train') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_rest_alone_does_not_load_gradio() -> None:
    program = (
        "import sys, serve.__main__; print([m for m in ('gradio', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_reads_no_environment(tmp_path: Path) -> None:
    """A wrong setting stops the server, with one line; it does not stop an import."""
    environment = {"TWINLABEL_PORT": "no number", "PATH": "/usr/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import app, serve.assembly, serve.inference.runtime, serve.settings",
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    started = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    assert "TWINLABEL_PORT is 'no number'" in started.stderr
    assert "Traceback" not in started.stderr


def test_the_readme_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("demo", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert re.search(r"^make test$", (ROOT / ".ci/run").read_text(), re.MULTILINE)


def test_the_result_card_is_the_manifests() -> None:
    assert card.with_card(README, card.of_the_published()) == README


def test_the_claims_page_is_of_the_committed_figures() -> None:
    assert claims.PAGE.read_text(encoding="utf-8") == claims.of_the_published()


def test_the_evidence_page_is_of_the_committed_figures() -> None:
    assert evidence.PAGE.read_text(encoding="utf-8") == evidence.of_the_published()


def tree_of(text: str) -> set[str]:
    """The whole paths in a tree: a line at the margin names a folder, and the others its files."""
    found: set[str] = set()
    folder = ""
    for line in text.splitlines():
        name = line.split()[0] if line.strip() else ""
        if not name:
            continue
        if not line.startswith(" "):
            folder = name
            found.add(name)
        else:
            found.add(f"{folder}{name}")
    return found


def test_the_tree_in_the_readme_is_the_tree() -> None:
    """Every module by its whole path, and nothing that is not there."""
    tree = tree_of(README.split("## The tree")[1].split("```")[1])
    there = {
        str(path.relative_to(ROOT))
        for name, path in modules().items()
        if path.name != "__init__.py" and not name.startswith(("tests", "benchmarks"))
    }
    named = {path for path in tree if path.endswith(".py")}
    assert named == there
    for path in tree - named:
        assert (ROOT / path).exists(), path


def test_folders_are_no_larger_than_one_can_look_over() -> None:
    sizes = Counter(
        path.parent.relative_to(ROOT) for path in modules().values() if path.name != "__init__.py"
    )
    assert {folder: n for folder, n in sizes.items() if n > MOST_MODULES} == {}


def test_the_front_matter_is_a_spaces() -> None:
    front = README.split("---\n")[1]
    fields = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    requirements = (ROOT / "requirements.txt").read_text()
    assert fields["sdk"] == "gradio"
    assert f"gradio=={fields['sdk_version']}\n" in requirements
    assert fields["app_file"] == "app.py"
    # onnxruntime-gpu needs 3.11; a Space would take 3.10.
    assert fields["python_version"].strip("\"'") in {"3.11", "3.12", "3.13"}


def test_requirements_are_made_from_pyproject() -> None:
    """Each direct dependency stands there at its pin; all is pinned; nothing points elsewhere."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert lines[0] + "\n" == lock.HEADER
    pins = {line.split(";")[0].strip() for line in lines[1:]}
    assert all(re.fullmatch(r"[\w.-]+==[\w.+-]+", pin) for pin in pins)
    for group in ("serve", "gpu", "train"):
        for dependency in groups[group]:
            pin = re.sub(r"\[.*?\]", "", dependency.split(";")[0]).strip()
            assert pin in pins, f"{pin} of group {group} is not in requirements.txt: run make lock"
    for package in ("torch", "torchvision", "gradio", "onnx", "onnxruntime-gpu"):
        assert any(pin.startswith(f"{package}==") for pin in pins)


def test_no_file_is_long() -> None:
    kinds = ("*.py", "*.css", "*.js")
    files = [f for room in ROOMS for kind in kinds for f in (ROOT / room).rglob(kind)]
    lengths = {f: len(f.read_text(encoding="utf-8").splitlines()) for f in files}
    assert {str(f): n for f, n in lengths.items() if n > LONGEST_FILE} == {}
