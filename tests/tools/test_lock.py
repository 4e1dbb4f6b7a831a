"""requirements.txt can be installed wherever the project is said to run, and on a Space.

uv resolves for other machines than this one, and takes only packages that have a wheel for them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.paths import ROOT
from tools import space

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
GROUPS = ("serve", "gpu", "train")
LINUX, ARM = "x86_64-manylinux_2_28", "aarch64-manylinux_2_28"
MAC, INTEL_MAC = "aarch64-apple-darwin", "x86_64-apple-darwin"
WINDOWS = "x86_64-pc-windows-msvc"
# The oldest macOS that ONNX Runtime and PyTorch have wheels for.
_MAC = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
# uv's words for a registry that it did not reach.
_UNREACHED = re.compile(r"Failed to fetch|error sending request|dns error|Connection refused")


def resolved(
    *arguments: str, version: str = "3.12", platform: str = LINUX, folder: Path = ROOT
) -> set[str]:
    """The pins that `arguments` resolve to. Fails if they do not, and skips without a network."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--no-header", "--no-annotate"]
    command += ["--no-python-downloads", "--only-binary", ":all:", "--python-version", version]
    command += ["--python-platform", platform, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | _MAC, capture_output=True, text=True, check=False
    )
    if done.returncode and _UNREACHED.search(done.stderr):
        pytest.skip(f"the package registry cannot be reached: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines())


def runtimes(pins: set[str]) -> set[str]:
    names = {pin.split("==")[0] for pin in pins if pin.startswith("onnxruntime")}
    return names - {"onnxruntime-ep-webgpu"}  # a plugin beside each of them


def everything() -> list[str]:
    groups = [word for name in GROUPS for word in ("--group", name)]
    return ["requirements.txt", *groups]


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("platform", "runtime"),
    [
        (LINUX, "onnxruntime-gpu"),
        (WINDOWS, "onnxruntime-gpu"),
        (ARM, "onnxruntime"),
        (MAC, "onnxruntime"),
    ],
)
def test_the_lock_resolves(platform: str, runtime: str, version: str) -> None:
    """With what pyproject.toml asks for, so that a marker cannot leave a package out."""
    assert runtimes(resolved(*everything(), version=version, platform=platform)) == {runtime}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_an_intel_mac_can_serve(version: str) -> None:
    pins = resolved(
        "--group", "serve", "-c", "requirements.txt", version=version, platform=INTEL_MAC
    )
    assert "onnxruntime==1.23.2" in pins


@pytest.mark.slow
def test_cuda_comes_along_only_where_it_can_be_used() -> None:
    command = ("--group", "gpu", "-c", "requirements.txt")
    assert any(pin.startswith("nvidia-cudnn") for pin in resolved(*command, platform=LINUX))
    for platform in (ARM, MAC):
        assert resolved(*command, platform=platform) == set()


def space_resolution(folder: Path, gpu: bool) -> set[str]:
    try:
        (folder / "requirements.txt").write_text(space.requirements(gpu))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the package registry cannot be reached: {error.stderr[-200:]}")
    (folder / "added.txt").write_text("\n".join(space.added_by_a_space()))
    return resolved("requirements.txt", "added.txt", version="3.12", folder=folder)


@pytest.mark.parametrize("gpu", [False, True])
def test_what_a_space_adds_resolves_with_our_pins(tmp_path: Path, gpu: bool) -> None:
    pins = space_resolution(tmp_path, gpu)
    ours = {
        line for line in space.requirements(gpu).splitlines() if re.match(r"[\w.-]+==\S+$", line)
    }
    assert ours <= pins
    names = {pin.split("==")[0] for pin in pins}
    assert {"mcp", "spaces", "websockets", "authlib", "onnxruntime-gpu"} <= names
    assert ("nvidia-cudnn-cu13" in names) == gpu
    assert not {"torch", "onnxruntime", "matplotlib"} & names


def test_a_later_pydantic_would_not_resolve_with_what_a_space_adds(tmp_path: Path) -> None:
    """So the test above can fail: this is the pin that did not build."""
    (tmp_path / "requirements.txt").write_text("pydantic==2.14.3\n")
    (tmp_path / "added.txt").write_text("\n".join(space.added_by_a_space()))
    resolved("requirements.txt", folder=tmp_path)  # skips without a network
    with pytest.raises(AssertionError, match="pydantic"):
        resolved("requirements.txt", "added.txt", folder=tmp_path)
