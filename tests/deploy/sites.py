"""deploy/nginx/twinlabel.conf as it is committed, but on ports and in a folder of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness import nginx
from harness.paths import ROOT
from harness.servers import REST, WITH_PAGE, Server, free_port

SITE = (ROOT / "deploy" / "nginx" / "twinlabel.conf").read_text()
_BEHIND = {"TWINLABEL_TRUST_PROXY": "1", "TWINLABEL_THREADS": "1"}
REST_BEHIND = replace(REST, environment=_BEHIND)
"""A server of REST that trusts nginx."""
PAGE_BEHIND = replace(WITH_PAGE, environment=_BEHIND)


@contextmanager
def in_front(
    rest: Sequence[Server],
    folder: Path,
    change: Callable[[str], str] = str,
    page: Sequence[Server] = (),
) -> Iterator[str]:
    """The URL of nginx before two servers of REST and two of the page.

    Where none are given, nothing listens. `change` alters the configuration. `folder` is made.
    """
    port = free_port()
    made = SITE
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("client_body_temp_path /dev/shm/twinlabel;", f"client_body_temp_path {folder}/bodies;"),
        *_addresses("127.0.0.1:786", rest),
        *_addresses("127.0.0.1:787", page),
    ):
        assert made.count(f" {old}") == 1, f"{old} is not in the configuration once"
        made = made.replace(old, new)
    with nginx.running(change(made), port, folder):
        yield f"http://127.0.0.1:{port}"


def _addresses(begin: str, servers: Sequence[Server]) -> Iterator[tuple[str, str]]:
    for number in (1, 2):
        there = servers[number - 1].url.removeprefix("http://") if servers else None
        yield f"{begin}{number} max", f"{there or f'127.0.0.1:{free_port()}'} max"
