"""Imports point one way: between the rooms, inside of each, and to the packages of others."""

from __future__ import annotations

import pytest

from tests.structure import ROOMS, cycle, imports, inside, modules, ours

# Which rooms each may import from, besides itself.
ALLOWED = {
    "contract": set[str](),
    "train": {"contract"},
    "serve": {"contract"},
    "app": {"serve"},
    "lessons": {"contract", "train"},
    "harness": {"contract"},
    "tools": {"contract", "train", "harness"},
    "benchmarks": {"contract", "serve", "harness"},
    "tests": {"contract", "train", "serve", "app", "lessons", "harness", "tools", "benchmarks"},
}
# The same inside a room, from the bottom up. What stands in no entry may import nothing.
INSIDE = {
    "contract.errors": set[str](),
    "contract.twins": set[str](),
    "contract.cifar10": set[str](),
    "contract.telemetry": set[str](),
    "contract.smoothing": set[str](),
    "contract.console": set[str](),
    "contract.class_names": {"contract.cifar10"},
    "contract.corruptions": {"contract.cifar10"},
    "contract.pictures": {"contract.errors", "contract.cifar10"},
    "contract.calibration": set[str](),
    "contract.artifacts": {"contract.cifar10", "contract.twins", "contract.calibration"},
    "serve.errors": set[str](),
    "serve.cpus": set[str](),
    "serve.lanes": set[str](),
    "serve.lifespan": set[str](),
    "serve.environment": {"serve.errors"},
    "serve.settings": {"serve.errors"},
    "serve.decoding": {"serve.lanes"},
    "serve.inference": {"serve.errors", "serve.cpus"},
    "serve.http": {"serve.errors", "serve.settings"},
    "serve.rest": {"serve.errors", "serve.decoding", "serve.inference", "serve.http"},
    "serve.page": {
        "serve.errors",
        "serve.lifespan",
        "serve.decoding",
        "serve.inference",
        "serve.http",
    },
    "serve.mcp_tool": {"serve.lifespan", "serve.inference", "serve.rest"},
    "serve.assembly": {
        "serve.errors",
        "serve.cpus",
        "serve.settings",
        "serve.decoding",
        "serve.inference",
        "serve.http",
        "serve.rest",
    },
    "serve.__main__": {"serve.environment", "serve.settings", "serve.http", "serve.assembly"},
    "train.errors": set[str](),
    "train.recipe": set[str](),
    "train.files": {"train.errors"},
    "train.statistics": set[str](),
    "train.data": {"train.errors", "train.recipe"},
    "train.networks": {"train.recipe"},
    "train.fitting": {
        "train.errors",
        "train.recipe",
        "train.files",
        "train.data",
        "train.networks",
    },
    "train.export": {
        "train.errors",
        "train.files",
        "train.data",
        "train.networks",
        "train.fitting",
    },
    "train.sweep": {
        "train.errors",
        "train.recipe",
        "train.files",
        "train.statistics",
        "train.data",
        "train.fitting",
    },
    "train.evaluation": {
        "train.errors",
        "train.files",
        "train.statistics",
        "train.data",
        "train.export",
        "train.sweep",
    },
    "train.photos": {
        "train.errors",
        "train.files",
        "train.export",
        "train.evaluation",
    },
    "train.plots": {
        "train.errors",
        "train.files",
        "train.data",
        "train.export",
        "train.sweep",
        "train.evaluation",
    },
    "train.commands": {
        "train.errors",
        "train.recipe",
        "train.files",
        "train.data",
        "train.fitting",
        "train.export",
        "train.sweep",
        "train.evaluation",
        "train.plots",
    },
    "train.__main__": {
        "train.errors",
        "train.recipe",
        "train.fitting",
        "train.photos",
        "train.commands",
    },
}
_TORCH = {"torch", "torchvision"}
_WEB = {"gradio", "fastapi", "starlette", "uvicorn"}
# Packages of others that a room may not load.
FORBIDDEN = {
    "contract": {*_TORCH, *_WEB, "onnx", "onnxruntime", "scipy", "sklearn"},
    "train": _WEB,
    "serve": {*_TORCH, "onnx", "scipy", "sklearn", "matplotlib"},
    "app": {*_TORCH, "onnx"},
    "lessons": _WEB,
    "harness": {*_TORCH, *_WEB, "onnx"},
    "tools": {*_TORCH, *_WEB},
    "benchmarks": {*_TORCH, "gradio", "onnx"},
    "serve.inference": _WEB,
    "serve.decoding": {*_WEB, "onnxruntime"},
    "serve.http": {"gradio", "fastapi", "onnxruntime"},
    "serve.rest": {"gradio", "fastapi", "onnxruntime"},
    "serve.page": {"onnxruntime"},
}


def rooms_of(name: str, rooms: set[str]) -> str | None:
    return next((room for room in rooms if inside(name, room)), None)


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_only_what_they_may(room: str) -> None:
    members = [name for name in modules() if inside(name, room)]
    assert members
    for name in members:
        if name.startswith("benchmarks.peers"):
            continue  # run by themselves, in an environment of their own
        for other in ours(name):
            found = other.split(".")[0]
            assert found == room or found in ALLOWED[room], f"{name} imports {other}"


@pytest.mark.parametrize("room", INSIDE)
def test_inside_a_room_arrows_point_down(room: str) -> None:
    members = [name for name in modules() if inside(name, room)]
    assert members, f"there is no {room} any more"
    whole = room.split(".")[0]
    for name in members:
        for other in ours(name):
            if not inside(other, whole) or other == whole or inside(other, room):
                continue
            found = rooms_of(other, set(INSIDE))
            assert found in INSIDE[room], f"{name} imports {other}"


@pytest.mark.parametrize("whole", ["contract", "serve", "train"])
def test_every_module_has_its_rule(whole: str) -> None:
    for name in modules():
        if inside(name, whole) and name != whole:
            assert rooms_of(name, set(INSIDE)), f"{name} lies in no room that has a rule"


@pytest.mark.parametrize("room", FORBIDDEN)
def test_packages_of_others_stay_where_they_belong(room: str) -> None:
    for name in modules():
        if inside(name, room):
            packages = {other.split(".")[0] for other in imports(name)}
            assert not packages & FORBIDDEN[room], f"{name} imports {packages & FORBIDDEN[room]}"


def test_only_two_modules_of_serve_know_onnx_runtime() -> None:
    users = [n for n in modules() if inside(n, "serve") and "onnxruntime" in imports(n)]
    assert users == ["serve.inference.providers", "serve.inference.runtime"]


def test_no_circles_between_modules_or_folders() -> None:
    edges = {name: set(ours(name)) - {name} for name in modules()}
    # A package's own module imports its parts to offer them; they do not count as its users.
    assert not cycle(edges)

    def folder(name: str) -> str:
        path = modules()[name]
        return name if path.name == "__init__.py" else name.rpartition(".")[0] or name

    between: dict[str, set[str]] = {}
    for name, others in edges.items():
        for other in others:
            a, b = folder(name), folder(other)
            if a != b and not b.startswith(f"{a}.") and not a.startswith(f"{b}."):
                between.setdefault(a, set()).add(b)
    assert not cycle(between)


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("import serve.errors", "serve.errors"),
        ("from serve import errors", "serve.errors"),
        ("from serve.errors import StartupError", "serve.errors"),
        ("def f():\n    from serve import errors", "serve.errors"),
    ],
)
def test_every_way_to_import_is_seen(
    statement: str, seen: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    from pathlib import Path

    from tests import structure

    path = Path(str(tmp_path)) / "tried.py"
    path.write_text(statement)
    known = {**modules(), "tried": path}
    monkeypatch.setattr(structure, "modules", lambda: known)
    structure.imports.cache_clear()
    assert structure.imports("tried") == {seen}
    structure.imports.cache_clear()


def test_a_circle_is_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert cycle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_all_rooms_are_covered() -> None:
    assert set(ALLOWED) == {*ROOMS, "app"}
