"""A download that breaks off goes on where it stopped, and only the right file is taken."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from train.data import dataset, download, release
from train.errors import TrainError

CONTENT = bytes(range(256)) * 4_000
MD5 = hashlib.md5(CONTENT).hexdigest()


@dataclass
class Release:
    """A server on loopback that sends `content`, and breaks off as often as it is told to."""

    content: bytes = CONTENT
    breaks: int = 0
    """Answers that end half-way."""
    knows_ranges: bool = True
    status: int = 200
    starts: list[int] = field(default_factory=list)
    """The first byte of each answer."""
    address: str = ""


@pytest.fixture
def server() -> Iterator[Release]:
    told = Release()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            start = int(asked[6:-1]) if asked and told.knows_ranges else 0
            told.starts.append(start)
            if told.status != 200 or start >= len(told.content):
                self.send_error(told.status if told.status != 200 else 416)
                return
            rest = told.content[start:]
            self.send_response(206 if start else 200)
            if start:
                last = len(told.content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(told.content)}")
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if told.breaks:
                told.breaks -= 1
                rest = rest[: len(rest) // 2]
                self.close_connection = True
            self.wfile.write(rest)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        told.address = f"http://127.0.0.1:{http.server_port}/file"
        yield told
        http.shutdown()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SECONDS_BETWEEN", 0.0)


def test_it_goes_on_where_it_stopped(server: Release, tmp_path: Path) -> None:
    server.breaks = 2
    download.fetch(server.address, tmp_path / "file", MD5)
    assert (tmp_path / "file").read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert server.starts == [0, half, half + half // 2]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_so_does_another_run(server: Release, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:1_000])
    download.fetch(server.address, tmp_path / "file", MD5)
    assert server.starts == [1_000]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_where_nothing_is_left_to_bring_the_file_is_taken(server: Release, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT)
    download.fetch(server.address, tmp_path / "file", MD5)
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_server_without_ranges_starts_again(server: Release, tmp_path: Path) -> None:
    server.breaks, server.knows_ranges = 1, False
    download.fetch(server.address, tmp_path / "file", MD5)
    assert server.starts == [0, 0]
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_another_file_is_refused_and_not_kept(server: Release, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"not the beginning")
    with pytest.raises(download.AlteredError, match="not the official file"):
        download.fetch(server.address, tmp_path / "file", MD5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "attempts"), [(404, 1), (503, download.ATTEMPTS)])
def test_only_what_may_pass_is_tried_again(
    server: Release, tmp_path: Path, status: int, attempts: int
) -> None:
    server.status = status
    with pytest.raises(OSError, match=str(status)):
        download.fetch(server.address, tmp_path / "file", MD5)
    assert len(server.starts) == attempts


def _archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{release.FOLDER}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _serve_release(
    server: Release, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]
) -> None:
    server.content = _archive(files)
    monkeypatch.setattr(release, "ADDRESS", server.address)
    monkeypatch.setattr(release, "ARCHIVE_MD5", hashlib.md5(server.content).hexdigest())


def test_the_release_is_unpacked(
    server: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record = bytes(release.RECORD_BYTES)
    files = {name: record * (50 * (i + 1)) for i, name in enumerate(release.OFFICIAL_MD5)}
    _serve_release(server, monkeypatch, files)
    server.breaks = 1
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(release, "OFFICIAL_MD5", md5s)
    found = release.read(tmp_path / "data")
    assert (len(found.training), len(found.test)) == (
        750 * release.RECORD_BYTES,
        300 * release.RECORD_BYTES,
    )
    assert len(server.starts) == 2


def test_an_incomplete_archive_leaves_no_folder(
    server: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _serve_release(server, monkeypatch, {"data_batch_1.bin": b"x"})
    with pytest.raises(TrainError, match=r"holds no data_batch_2\.bin"):
        dataset.load(tmp_path)
    assert not (tmp_path / release.FOLDER).exists()
