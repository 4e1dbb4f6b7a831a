"""Pictures are not kept: whole uploads, broken-off and refused ones go, soon and at the end."""

from __future__ import annotations

import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from harness.pictures import Pictures, as_png
from harness.servers import WITH_PAGE, Server, running
from tests.serve.page.uploads.test_uploads import API, META, call, upload

# What app.py does, with its times shortened.
_SHORTENED = """
from serve.page import upload_folder
upload_folder.SECONDS_KEPT, upload_folder.SECONDS_BETWEEN = 1.0, 0.2
import app
app.main()
"""
LARGE = 21_000_000
"""Bytes: more than one picture may have."""


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@contextmanager
def serving(tmp_path: Path, shortened: bool = False) -> Iterator[tuple[Server, Path]]:
    """A server and its folder of uploads."""
    parent = tmp_path / "temporary"
    kind = (
        replace(WITH_PAGE, command=(sys.executable, "-c", _SHORTENED)) if shortened else WITH_PAGE
    )
    with running(kind, log=tmp_path / "log", GRADIO_TEMP_DIR=str(parent)) as server:
        (folder,) = parent.iterdir()
        yield server, folder


def send_part(server: Server, content: bytes, announced: int) -> socket.socket:
    """An upload of which only the start is sent; the connection stays open."""
    head = (
        b'--b\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n'
        b"content-type: image/png\r\n\r\n"
    )
    where = urlsplit(server.url)
    connection = socket.create_connection((where.hostname or "", where.port or 0))
    connection.sendall(
        f"POST {API}/upload HTTP/1.1\r\nhost: {where.netloc}\r\n"
        "content-type: multipart/form-data; boundary=b\r\n"
        f"content-length: {announced}\r\n\r\n".encode()
        + head
        + content
    )
    return connection


def test_the_folder_is_private_new_and_removed_at_the_end(
    tmp_path: Path, test_pictures: Pictures
) -> None:
    with serving(tmp_path) as (server, folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        path = Path(upload(server, as_png(test_pictures)))
        assert path.is_relative_to(folder)
        assert path.exists()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=20)
        assert list(folder.parent.iterdir()) == []


def test_uploads_are_not_in_a_folder_that_others_share(tmp_path: Path) -> None:
    with running(WITH_PAGE, log=tmp_path / "log", TMPDIR=str(tmp_path)):
        assert not (tmp_path / "gradio").exists()
        (folder,) = tmp_path.glob("twinlabel-uploads-*")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path, test_pictures: Pictures) -> None:
    with serving(tmp_path) as (server, folder):
        for _ in range(3):
            connection = send_part(server, bytes(300_000), 5_000_000)
            assert until(lambda: bool(files_in(folder))), "the upload did not begin"
            connection.close()
            assert until(lambda: not files_in(folder)), files_in(folder)
        path = upload(server, as_png(test_pictures))
        assert call(server, {"path": path, "meta": META})[0] == "complete"
        assert "Traceback" not in server.printed()


def test_an_upload_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as (server, folder):
        refused = httpx.post(
            f"{server.url}{API}/upload", files={"files": ("a.png", bytes(LARGE))}, timeout=30
        )
        assert refused.status_code == 413
        assert until(lambda: not files_in(folder)), files_in(folder)


def test_everything_goes_after_a_while_but_what_is_still_written(
    tmp_path: Path, test_pictures: Pictures
) -> None:
    """Also what nobody knows of any more, such as a file that an earlier version left."""
    with serving(tmp_path, shortened=True) as (server, folder):
        (folder / "tmpabandoned").write_bytes(bytes(1000))
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "twinlabel.csv").write_text("name")
        whole = Path(upload(server, as_png(test_pictures)))
        slow = send_part(server, bytes(100_000), 5_000_000)
        began = time.monotonic()
        while time.monotonic() - began < 3.0:
            slow.sendall(bytes(20_000))
            time.sleep(0.1)
        assert not whole.exists()
        (left,) = files_in(folder)
        assert left.stat().st_size > 300_000
        slow.close()
        assert until(lambda: list(folder.iterdir()) == []), list(folder.rglob("*"))
        path = upload(server, as_png(test_pictures))
        assert call(server, {"path": path, "meta": META})[0] == "complete"


def test_a_full_folder_breaks_one_request_and_not_the_next(
    tmp_path: Path, tiny_disk: Path, test_pictures: Pictures
) -> None:
    with serving(tmp_path) as (server, folder):
        for _ in range(3):
            full = httpx.post(
                f"{server.url}{API}/upload", files={"files": ("a", bytes(5_000_000))}, timeout=30
            )
            assert full.status_code == 507
            assert "has no room for this upload" in full.text
            path = upload(server, as_png(test_pictures))
            assert call(server, {"path": path, "meta": META})[0] == "complete"
        assert folder.is_relative_to(tiny_disk)
        assert "Traceback" not in server.printed()
