"""What makes requests observable: an id, a line of log and metrics for each."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterable

from starlette.types import Scope

from serve.http.headers import Header

log = logging.getLogger("twinlabel.request")

ID_HEADER = b"x-request-id"
# An id that a client chooses is printed in the log, so it may contain nothing else.
_ALLOWED_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NO_ROUTE = "none"


def request_id(headers: Iterable[Header]) -> bytes:
    """The id that the client sent, if it is harmless; otherwise a random one."""
    for name, value in headers:
        if name == ID_HEADER and _ALLOWED_ID.fullmatch(value):
            return bytes(value)
    return b"%016x" % random.getrandbits(64)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, such as `/v1/models/{name}`.

    The path itself is the client's own text. It could name anything, and metrics would grow
    without end.
    """
    return str(getattr(scope.get("route"), "path", _NO_ROUTE))


def log_request(identity: bytes, method: str, route: str, status: int, seconds: float) -> None:
    """Write the line of log of one request."""
    if log.isEnabledFor(logging.INFO):
        # Nothing in it needs to be escaped: the server knows the method, and the id was checked.
        log.info(
            f'{{"request": "{identity.decode()}", "method": "{method}", "route": "{route}", '
            f'"status": {status}, "ms": {1000 * seconds:.2f}}}'
        )
