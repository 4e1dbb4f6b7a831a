from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract.artifacts import manifest
from contract.artifacts.manifest import FileEntry, ManifestError


def edit(folder: Path, change: Any) -> None:
    path = folder / manifest.FILE
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_published_manifest_reads_back(pair_copy: Path) -> None:
    current = manifest.read(pair_copy)
    assert set(current.models) == {"hard", "smoothed"}
    for name, entry in current.models.items():
        assert len(manifest.read_file(pair_copy, entry, name)) > 10_000


def test_a_missing_manifest_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="python -m train"):
        manifest.read(tmp_path)


def test_an_altered_file_is_refused_by_name(pair_copy: Path) -> None:
    entry = manifest.read(pair_copy).models["smoothed"]
    path = pair_copy / entry.path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ManifestError, match=r"smoothed: .*model\.onnx is not the file"):
        manifest.read_file(pair_copy, entry, "smoothed")


@pytest.mark.parametrize("path", ["/etc/passwd", "../model.onnx", "hard/../../x", "", "a\\b"])
def test_a_path_that_leaves_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="leaves the manifest's folder"):
        FileEntry(path=path, sha256="0" * 64)


def test_other_class_names_are_refused(pair_copy: Path) -> None:
    edit(pair_copy, lambda content: content["classes"].reverse())
    with pytest.raises(ManifestError, match="class names"):
        manifest.read(pair_copy)


def test_half_a_pair_is_refused(pair_copy: Path) -> None:
    edit(pair_copy, lambda content: content["models"].pop("hard"))
    with pytest.raises(ManifestError, match="models"):
        manifest.read(pair_copy)


def test_what_is_no_json_is_refused(pair_copy: Path) -> None:
    (pair_copy / manifest.FILE).write_text("{")
    with pytest.raises(ManifestError, match=r"manifest\.json"):
        manifest.read(pair_copy)
