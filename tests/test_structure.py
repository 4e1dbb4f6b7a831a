"""The structure that the design promises, checked on the source as it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools import card, claims, lock

README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = ("contract", "train", "serve", "lessons", "tools", "tests", "benchmarks")
FORBIDDEN = {
    "contract": {
        "train",
        "serve",
        "lessons",
        "torch",
        "torchvision",
        "onnx",
        "onnxruntime",
        "gradio",
    },
    "train": {"serve", "lessons", "gradio", "fastapi", "app"},
    "serve": {"train", "lessons", "torch", "torchvision", "onnx", "app"},
    "lessons": {"serve", "gradio", "app"},
    "app.py": {"train", "lessons", "torch", "torchvision", "onnx"},
}


def sources(room: str) -> list[Path]:
    path = ROOT / room
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("room", FORBIDDEN)
def test_imports_point_one_way(room: str) -> None:
    files = sources(room)
    assert files
    for path in files:
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & FORBIDDEN[room], f"{path} imports {roots & FORBIDDEN[room]}"


def test_only_runtime_imports_onnxruntime_in_serve() -> None:
    users = [path.name for path in sources("serve") if "onnxruntime" in imported(path)]
    assert users == ["runtime.py"]


def test_rest_and_page_do_not_import_each_other() -> None:
    assert not any(name.startswith("serve.ui") for name in imported(ROOT / "serve" / "api.py"))
    for path in sources("serve/ui"):
        assert not {"serve.api", "serve.protocol"} & imported(path)


def test_the_app_does_not_load_torch() -> None:
    program = (
        "import sys, app; from serve.ui import page; "
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
        [sys.executable, "-c", "import app, serve.api, serve.runtime, serve.settings"],
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


def test_the_tree_in_the_readme_names_every_file() -> None:
    tree = README.split("## The tree")[1]
    for room in ("contract", "train", "serve", "lessons", "tools"):
        for path in sources(room):
            if path.name != "__init__.py":
                assert path.name in tree, f"{path.relative_to(ROOT)} is not in the README's tree"


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
    long = {
        path.name: length
        for room in (*ROOMS, "app.py")
        for path in sources(room)
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long
