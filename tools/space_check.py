"""`make space-check`: the environment of a Space, built and started here, and asked questions.

Lays out the files of `make space` in a temporary folder, installs what a Space installs, starts
app.py as a Space does, and runs tools/space_probe.py against it. Needs Python 3.12 and a package
registry; one gigabyte of disk is used, and freed at the end.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from harness.environment import clean_environment
from harness.paths import ROOT
from harness.servers import free_port
from tools import space

PROBE = Path(__file__).with_name("space_probe.py")
_SECONDS_TO_START = 90
_SECONDS_TO_END = 20


def python_version() -> str:
    """The version of Python that the README's front matter asks a Space for."""
    found = re.search(r'^python_version: "(.+)"$', (ROOT / "README.md").read_text("utf-8"), re.M)
    assert found is not None, "the README's front matter names no python_version"
    return found[1]


def environment(port: int, temporary: Path) -> dict[str, str]:
    """What a Space sets, but with an address that only this machine reaches."""
    return {
        **{k: v for k, v in clean_environment().items() if not k.startswith("HF_")},
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SSR_MODE": "True",
        "SPACE_ID": "owner/twinlabel",
        "SYSTEM": "spaces",
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
    }


def _interpreter(version: str) -> str:
    """A Python of this version: uv's or the system's, or one of pyenv's that is not switched on."""
    command = [sys.executable, "-m", "uv", "python", "find", "--no-python-downloads", version]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    others = sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    if not others:
        sys.exit(f"space-check: there is no Python {version} here; name one with --python")
    return str(others[-1])


def install(folder: Path, interpreter: str) -> Path:
    """Install what a Space does for the files in `folder`; the environment's Python."""
    made = folder.parent / "environment"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", interpreter, made], check=True)
    python = made / "bin" / "python"
    command = [*uv, "pip", "install", "--quiet", "--python", str(python)]
    command += ["-r", str(folder / "requirements.txt"), *space.added_by_a_space()]
    subprocess.run(command, check=True)
    subprocess.run([*uv, "pip", "check", "--quiet", "--python", str(python)], check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.space_check", description=__doc__)
    parser.add_argument("--python", help="the interpreter to use; else one is looked for")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="space-check-") as name:
        folder = Path(name) / "space"
        folder.mkdir()
        temporary = Path(name) / "home"
        temporary.mkdir()
        space.stage(folder)
        try:
            python = install(folder, options.python or _interpreter(python_version()))
        except subprocess.CalledProcessError as error:
            sys.exit(f"space-check: the environment of a Space cannot be built: {error}")
        print("ok: what a Space installs resolves and installs, and nothing in it conflicts")
        failed = _started_and_asked(folder, python, temporary)
        kept = sorted(str(path.relative_to(temporary)) for path in temporary.rglob("*"))
        print(f"FAILED: files are left at the end: {kept}" if kept else "ok: no files are left")
    sys.exit(1 if failed or kept else 0)


def _started_and_asked(folder: Path, python: Path, temporary: Path) -> bool:
    """Whether the server failed to start, or a check failed. The checks print a line each."""
    port = free_port()
    log = folder.parent / "log"
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [python, "app.py"],
            cwd=folder,
            env=environment(port, temporary),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        if not _answers(server, url):
            print(f"FAILED: it does not start:\n{log.read_text(errors='replace')}")
            return True
        asked = subprocess.run([python, str(PROBE), url], cwd=folder, check=False)
        if asked.returncode:
            print(f"The server printed:\n{log.read_text(errors='replace')}")
        return asked.returncode != 0
    finally:
        server.terminate()
        server.wait(timeout=_SECONDS_TO_END)


def _answers(server: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_START
    local = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with local.open(f"{url}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


if __name__ == "__main__":
    main()
