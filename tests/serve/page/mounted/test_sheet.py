"""The gallery's picture sheet is that of the pair that is served, whatever lies on disk by then."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from contract.artifacts.gallery import FOLDER, SHEET
from contract.artifacts.manifest import INT8
from harness.paths import COMMITTED
from harness.servers import WITH_PAGE, Server, running

_PARTS = ("manifest.json", "hard", "smoothed", FOLDER)


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """The committed pair with its gallery, in a folder that the test may spoil."""
    copy = tmp_path / "pair"
    copy.mkdir()
    for name in _PARTS:
        source = COMMITTED / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        else:
            shutil.copyfile(source, copy / name)
    return copy


def serving(pair: Path, tmp_path: Path) -> AbstractContextManager[Server]:
    return running(
        WITH_PAGE,
        log=tmp_path / "log",
        TWINLABEL_MODELS=str(pair),
        GRADIO_TEMP_DIR=str(tmp_path / "uploads"),
    )


def test_a_new_publishing_changes_nothing_until_the_next_start(pair: Path, tmp_path: Path) -> None:
    sheet = pair / FOLDER / SHEET
    served = sheet.read_bytes()
    with serving(pair, tmp_path) as server:
        address = f"{server.url}/gallery.png"
        first = httpx.get(address)
        assert first.content == served
        assert first.headers["content-type"] == "image/png"
        Image.new("RGB", (800, 640), "red").save(sheet)
        assert httpx.get(address).content == served
        shutil.rmtree(pair / FOLDER)
        assert httpx.get(address).content == served
        # A browser keeps it, but asks each time whether it is still the one.
        assert first.headers["cache-control"] == "no-cache"
        kept = {"if-none-match": first.headers["etag"]}
        assert httpx.get(address, headers=kept).status_code == 304
        assert httpx.get(address, headers={"if-none-match": '"other"'}).content == served
        assert httpx.head(address).headers["content-length"] == str(len(served))


@pytest.mark.parametrize("spoilt", ["missing", "another pair's"])
def test_without_a_gallery_there_is_no_sheet(pair: Path, tmp_path: Path, spoilt: str) -> None:
    shutil.rmtree(pair / FOLDER)
    if spoilt != "missing":
        shutil.copytree(COMMITTED / INT8 / FOLDER, pair / FOLDER)
    with serving(pair, tmp_path) as server:
        answer = httpx.get(f"{server.url}/gallery.png")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/plain")
        assert "Traceback" not in server.printed()
