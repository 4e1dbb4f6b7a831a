"""Ten minutes at full load: memory, descriptors and uploaded files must not keep growing.

The complete application answers 32 REST clients, while another client uploads to the page. The exit
status is 1 if memory grows by 5% or more after the first minute, or descriptors or files leak.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from benchmarks import wrk
from harness import pictures
from harness.servers import WITH_PAGE, running

CLIENTS = 32
MOST_GROWTH = 0.05
MOST_FILES = 800
"""The largest number of uploaded files: two come each second, and stay for five minutes."""


def main() -> None:
    """Run the load and print the figures of every 20 seconds and of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="duration (default: 600)")
    options = parser.parse_args()
    (picture,) = pictures.of_the_gallery(1)
    with (
        tempfile.TemporaryDirectory() as uploads,
        running(WITH_PAGE, picture=picture, GRADIO_TEMP_DIR=uploads) as server,
    ):
        rows: list[dict[str, float]] = []
        stop = threading.Event()
        beside = threading.Thread(target=_use_the_page, args=(server.url, picture, stop))
        beside.start()
        started = time.monotonic()
        while time.monotonic() - started < options.seconds:
            found = wrk.load(server.endpoint, picture, CLIENTS, min(20, options.seconds))
            rows.append(
                {
                    "second": round(time.monotonic() - started),
                    "rate": round(found.rate, 1),
                    "memory_mib": round(server.memory() / 2**20, 1),
                    "descriptors": server.descriptors(),
                    "files": sum(path.is_file() for path in Path(uploads).rglob("*")),
                }
            )
            print(rows[-1], flush=True)
        stop.set()
        beside.join()
    settled = [row for row in rows if row["second"] >= 60] or rows
    # Medians of a minute, because the allocator returns memory in steps.
    first, last = (
        statistics.median(row["memory_mib"] for row in minute)
        for minute in (settled[:3], settled[-3:])
    )
    growth = last / first - 1
    most_files = max(row["files"] for row in rows)
    outcome = {
        "growth_after_a_minute": round(growth, 4),
        "descriptors": [settled[0]["descriptors"], settled[-1]["descriptors"]],
        "files_at_most": most_files,
        "rate_first_and_last": [rows[0]["rate"], rows[-1]["rate"]],
    }
    print(json.dumps(outcome))
    leaked = settled[-1]["descriptors"] > settled[0]["descriptors"] + 10
    if growth >= MOST_GROWTH or leaked or most_files > MOST_FILES:
        sys.exit(1)


def _use_the_page(url: str, picture: bytes, stop: threading.Event) -> None:
    """Upload a picture to the page and compare it, as a browser does, twice a second."""
    base = url.removesuffix("/v1/compare") + "/gradio_api"
    with httpx.Client(timeout=60) as client:
        while not stop.wait(0.5):
            # Bytes after a PNG's end change only its hash, which is the name of the upload.
            content = picture + secrets.token_bytes(8)
            (path,) = client.post(f"{base}/upload", files={"files": ("a.png", content)}).json()
            data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
            event = client.post(f"{base}/call/compare", json=data).json()["event_id"]
            client.get(f"{base}/call/compare/{event}").raise_for_status()


if __name__ == "__main__":
    main()
