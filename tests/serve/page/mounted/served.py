"""The whole application in a thread of this process, for pages that a test puts together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from harness.paths import COMMITTED
from harness.servers import SECONDS_TO_START, free_port
from serve.assembly import create_rest
from serve.page.mount import mount
from serve.page.upload_folder import UploadFolder
from serve.settings import Settings


@contextmanager
def served(**options: Any) -> Iterator[str]:
    """The address of the application; `options` go to `serve.page.mount.mount`."""
    app, comparer = create_rest(Settings(models=COMMITTED))
    comparer.warm_up()
    with in_thread(mount(app, comparer, COMMITTED, COMMITTED, UploadFolder(), **options)) as url:
        yield url


@contextmanager
def in_thread(app: Any) -> Iterator[str]:
    """The address at which `app` is served, on the loopback address."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + SECONDS_TO_START
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
