"""The modules of the repository, and which of them each one imports."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from harness.paths import ROOT

ROOMS = ("contract", "train", "serve", "lessons", "harness", "tools", "benchmarks", "tests")
"""Folders of modules at the top, besides app.py."""


@cache
def modules() -> dict[str, Path]:
    """By dotted name, packages under their own name too."""
    found = {"app": ROOT / "app.py"}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """All that a module names in an import, whole: a module of ours, or a package of others.

    `from serve import errors` names `serve.errors`, and `from serve.errors import StartupError`
    names `serve.errors`. Imports inside functions and for type checking count like all others.
    """
    found = set()
    for node in ast.walk(ast.parse(modules()[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            base = node.module or ""
            found |= {
                whole if (whole := f"{base}.{alias.name}") in modules() else base
                for alias in node.names
            }
    return frozenset(found)


def ours(name: str) -> frozenset[str]:
    """The modules of this repository among a module's imports."""
    return frozenset(imports(name) & modules().keys())


def inside(name: str, room: str) -> bool:
    """Whether the module `name` is `room` or lies in it."""
    return name == room or name.startswith(f"{room}.")


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """One circle in a graph, as the names along it, or an empty list."""
    state: dict[str, int] = {}
    trail: list[str] = []

    def visit(node: str) -> list[str]:
        state[node] = 1
        trail.append(node)
        for after in sorted(edges.get(node, ())):
            if state.get(after) == 1:
                return [*trail[trail.index(after) :], after]
            if after not in state and (found := visit(after)):
                return found
        state[node] = 2
        trail.pop()
        return []

    for start in sorted(edges):
        if start not in state and (found := visit(start)):
            return found
    return []
