"""The container: what its files promise, and the Dockerfile's steps in a Debian of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from harness import dockerfile
from harness.paths import ROOT
from harness.pictures import Pictures, as_png
from harness.servers import free_port

FILE = ROOT / "Dockerfile"
_WITH_PACKAGES = "--include=python3,python3-venv,ca-certificates"


def test_the_dockerfile_keeps_its_promises() -> None:
    steps = dockerfile.instructions(FILE.read_text())
    given = dict(steps)
    assert given["USER"].split(":")[0] not in ("0", "root")
    assert "/healthz" in given["HEALTHCHECK"]
    assert given["ARG"] == 'GROUPS="--group serve"'
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    for name, rest in steps:
        if name == "COPY":
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored


def test_both_services_are_locked_down_and_only_one_wants_a_gpu() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) == {"cpu", "gpu"}
    for service in services.values():
        assert service["read_only"]
        assert service["tmpfs"] == ["/tmp"]
        assert service["ports"] == ["127.0.0.1:7860:7860"]
    (device,) = services["gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert "--group gpu" in services["gpu"]["build"]["args"]["GROUPS"]
    assert "deploy" not in services["cpu"]


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small Debian in a folder, which sees this machine's own packages for pip."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("needs root and debootstrap (Debian: apt install debootstrap)")
    root = tmp_path_factory.mktemp("debian")
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", _WITH_PACKAGES, _release(), str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        shutil.rmtree(root)
        pytest.skip(f"debootstrap failed: {(made.stdout + made.stderr).splitlines()[-1:]}")
    # pytest's folders are closed to other users, and this one is the others' "/".
    root.chmod(0o755)
    yield root
    shutil.rmtree(root)


def _release() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)["VERSION_CODENAME"]


def _pip_settings() -> dict[str, str]:
    """Where pip finds packages on this machine, as environment variables."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    pairs = (line.split("=", 1) for line in listed.splitlines())
    return {
        "PIP_" + key.rpartition(".")[2].upper().replace("-", "_"): value.strip("'")
        for key, value in pairs
    }


def _shown(root: Path) -> str:
    """Commands that show the folders and files which pip needs here in `root`, to read only."""
    lines = []
    for name in ("/opt", "/etc/ssl", "/etc/resolv.conf", "/etc/hosts", "/dev"):
        if Path(name).exists():
            make = "mkdir -p" if Path(name).is_dir() else "touch"
            lines += [f"{make} {root}{name}", f"mount --bind {name} {root}{name}"]
    return "\n".join(lines)


def _read_only(root: Path) -> str:
    """As `docker run --read-only --tmpfs /tmp`."""
    return "\n".join(
        [
            f"mount --bind {root} {root}",
            f"mount --bind /dev {root}/dev",
            f"mount -t proc proc {root}/proc",
            f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp",
            f"mount -t tmpfs -o size=64m,mode=1777 tmpfs {root}/dev/shm",
            f"mount -o remount,bind,ro {root}",
        ]
    )


@pytest.mark.slow
def test_the_dockerfiles_steps_make_a_server(debian: Path, test_pictures: Pictures) -> None:
    """As its own user, read-only, with nothing but /tmp to write to, and without PyTorch."""
    image = dockerfile.build(FILE, debian, _shown(debian), **_pip_settings())
    image.preparing = _read_only(debian)
    user = image.run(["id", "-u"])
    assert user.stdout.strip() == "10001", user.stderr
    assert "Read-only file system" in image.run(["touch", "/app/x"]).stderr
    torch = image.run(
        [
            "/venv/bin/python",
            "-c",
            "import importlib.util as i, sys; sys.exit(i.find_spec('torch') is not None)",
        ]
    )
    assert torch.returncode == 0, torch.stderr
    port = free_port()
    # Not all addresses of this machine, as in a container, but its loopback.
    own = {"TWINLABEL_PORT": str(port), "TWINLABEL_HOST": "127.0.0.1"}
    image.environment |= own
    log = debian.parent / "container.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            image.line(image.command), env=image.environment, stdout=output, stderr=output
        )
    try:
        for _ in range(300):
            healthy = image.run(image.health).returncode == 0
            if healthy or process.poll() is not None:
                break
            time.sleep(0.2)
        assert healthy, log.read_text()
        url = f"http://127.0.0.1:{port}"
        assert httpx.get(url).status_code == 200
        picture = as_png(test_pictures)
        assert httpx.post(f"{url}/v1/compare", content=picture).status_code == 200
        sent = httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.png", picture)})
        assert sent.status_code == 200
        assert "Traceback" not in log.read_text()
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert image.run(image.health).returncode != 0
