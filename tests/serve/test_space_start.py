"""The application starts as a Space starts it: server-side rendering is asked for, and Node there.

Gradio would give the port to Node, which answers every path with a page of its own.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import httpx
import pytest

from harness.servers import WITH_PAGE, running

# Where there is no Node, a program of that name shows as well whether anybody starts it.
_NODE = '#!/bin/sh\ntouch "{mark}"\nexec "{real}" "$@"\n'


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A folder for PATH, with a `node` that leaves a mark when it is started."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "node"
    real = shutil.which("node") or shutil.which("true")
    program.write_text(_NODE.format(mark=tmp_path / "started", real=real))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def test_our_page_is_served_whatever_gradio_ssr_mode_says(tmp_path: Path, node: Path) -> None:
    with running(
        WITH_PAGE,
        log=tmp_path / "log",
        GRADIO_SSR_MODE="True",
        SPACE_ID="owner/twinlabel",
        SYSTEM="spaces",
        PATH=f"{node}{os.pathsep}{os.environ['PATH']}",
        GRADIO_TEMP_DIR=str(tmp_path),
    ) as server:
        health = httpx.get(f"{server.url}/healthz")
        assert health.headers["content-type"] == "application/json"
        assert health.json()["status"] == "ok"
        page = httpx.get(server.url).text
        assert 'content="Twinlabel"' in page
        assert "window.gradio_config" in page
        assert httpx.get(f"{server.url}/v1/nothing").status_code == 404
    assert not (tmp_path / "started").exists(), "Node was started"
