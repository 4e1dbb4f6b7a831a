"""The folder of uploads by itself: made at the start, or else one sentence, and swept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest

from harness.environment import clean_environment
from harness.paths import ROOT
from serve.errors import StartupError
from serve.page import upload_folder
from serve.page.tabs import batch
from serve.page.upload_folder import UploadFolder


def test_the_table_of_batch_lies_in_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(upload_folder.VARIABLE, str(tmp_path))
    uploads = UploadFolder()
    try:
        assert Path(batch._file([], {})).is_relative_to(uploads.path)
        shutil.rmtree(uploads.path)
        with pytest.raises(gr.Error, match="has no room"):
            batch._file([], {})
    finally:
        uploads.close()


def test_less_than_five_minutes() -> None:
    assert upload_folder.SECONDS_KEPT + upload_folder.SECONDS_BETWEEN < 300


def test_what_a_killed_server_left_is_swept_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what this user made, and only folders of this name."""
    monkeypatch.setenv(upload_folder.VARIABLE, str(tmp_path))
    killed = tmp_path / "twinlabel-uploads-killed"
    killed.mkdir(mode=0o700)
    others = tmp_path / "others"
    others.mkdir()
    link = tmp_path / "twinlabel-uploads-link"
    link.symlink_to(others)
    for folder in (killed, others):
        (folder / "photo.png").write_bytes(b"photo")
    uploads = UploadFolder()
    monkeypatch.setattr(upload_folder, "SECONDS_KEPT", -1.0)
    uploads.sweep()
    uploads.close()
    assert not (killed / "photo.png").exists()
    assert (others / "photo.png").exists()
    assert os.environ[upload_folder.VARIABLE] == str(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file where the folder should be: root, too, cannot write there."""
    file = tmp_path / "file"
    file.write_text("")
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**clean_environment(), "TWINLABEL_PORT": "0", "GRADIO_TEMP_DIR": str(file)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"twinlabel: GRADIO_TEMP_DIR is {str(file)!r}, where uploads")
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_any_temporary_folder_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.delenv(upload_folder.VARIABLE, raising=False)
    monkeypatch.setattr("tempfile.gettempdir", none)
    with pytest.raises(StartupError, match="set GRADIO_TEMP_DIR to a folder that can be written"):
        UploadFolder()


def test_a_full_disk_is_found_at_the_start(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tiny_disk / "full").open("wb", buffering=0) as file:
        while file.write(bytes(4096)) == 4096:
            if os.statvfs(tiny_disk).f_bavail == 0:
                break
    monkeypatch.setenv(upload_folder.VARIABLE, str(tiny_disk))
    with pytest.raises(StartupError, match="No space left"):
        UploadFolder()
    assert [path.name for path in tiny_disk.iterdir()] == ["full"]
