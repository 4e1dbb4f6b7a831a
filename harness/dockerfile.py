"""Runs a Dockerfile's steps in a folder that holds a root file system, without Docker.

It knows the few instructions that this project's Dockerfile has, and refuses all others.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_BASE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


@dataclass
class Image:
    """A root file system, and what the instructions say of the program in it."""

    root: Path
    user: str = "0:0"
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=lambda: dict(_BASE))
    arguments: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    preparing: str = ":"
    """Shell commands, such as mounts, in a mount namespace of their own before all that runs."""

    def run(self, command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it to its end, as its user."""
        return subprocess.run(
            self.line(command),
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def line(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` in it as its user."""
        moved = ["sh", "-c", 'cd "$0" && exec "$@"', self.folder, *command]
        user = [f"--userspec={self.user}", "--groups="]
        inside = ["/usr/sbin/chroot", *user, str(self.root), *moved]
        return ["unshare", "--mount", "sh", "-ec", f'{self.preparing}\nexec "$@"', "sh", *inside]


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions with what follows them, without comments and line ends."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", kept)
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(name.upper(), rest.strip()) for name, _, rest in pairs]


def build(file: Path, root: Path, preparing: str = ":", **environment: str) -> Image:
    """Follow the instructions in `root`; `preparing` and `environment` are for RUN alone.

    Raises `RuntimeError` with what a failed step printed.
    """
    image = Image(root, preparing=preparing)
    for name, rest in instructions(file.read_text(encoding="utf-8")):
        match name:
            case "FROM" | "EXPOSE":
                pass
            case "ARG":
                key, _, value = rest.partition("=")
                image.arguments[key] = value.strip('"')
            case "ENV":
                for pair in rest.split():
                    key, _, value = pair.partition("=")
                    image.environment[key] = value
            case "WORKDIR":
                image.folder = rest
                (root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = rest
            case "COPY":
                _copy(file.parent, image, rest.split())
            case "RUN":
                done = image.run(["sh", "-c", rest], **image.arguments, **environment)
                if done.returncode != 0:
                    raise RuntimeError(f"RUN {rest}\n{done.stdout}{done.stderr}")
            case "CMD":
                image.command = json.loads(rest)
            case "HEALTHCHECK":
                image.health = json.loads(rest.split("CMD", 1)[1])
            case _:
                raise RuntimeError(f"{name} is an instruction that is not known here")
    return image


def _copy(context: Path, image: Image, words: list[str]) -> None:
    *sources, target = words
    into = image.root / image.folder.lstrip("/") / target
    for source in sources:
        if (context / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi", "*.svg")
            shutil.copytree(context / source, into, dirs_exist_ok=True, ignore=ignored)
        else:
            shutil.copy(context / source, into)
