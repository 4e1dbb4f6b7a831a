"""Runs the application with uvicorn, in this process or in several."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from serve import settings
from serve.errors import StartupError
from serve.http import logs
from serve.http.root_path import RootPath
from serve.process import workers
from serve.process.protocol import HttpProtocol
from serve.settings import Settings

# A browser holds a stream open as long as it shows the page. Shutting down must not wait for it.
SECONDS_TO_FINISH = 3
# Longer than proxies keep an idle connection (nginx: 60 s). If the server closed first, a request
# that is on its way at that moment would be answered with 502.
SECONDS_KEPT_ALIVE = 75
# How long a thread may go on in Python while others wait, instead of 5 ms: a request waits several
# times for the threads that decode what other clients sent.
SECONDS_BEFORE_A_SWITCH = 0.0005


def main(create: Callable[[Settings], Starlette], in_a_worker: str | None = None) -> None:
    """Serve the application that `create` makes until SIGTERM or Ctrl-C.

    `in_a_worker` is the `module:function` that makes the same application in a process of its own;
    with it, there is the option `--workers`. If the application cannot start, the process ends with
    status 1 and one line that says why.
    """
    count = _options(with_workers=in_a_worker is not None).workers
    try:
        chosen = settings.from_environment()
        check_free(chosen.host, chosen.port)
        if count > 1 and in_a_worker is not None:
            workers.run(in_a_worker, count, chosen, _how(chosen))
            return
        app = application(create, chosen)
    except StartupError as error:
        sys.exit(f"twinlabel: {error}")
    uvicorn.run(app, **_how(chosen))


def application(create: Callable[[Settings], Starlette], chosen: Settings) -> ASGIApp:
    """What `create` makes, ready for uvicorn, with this process set up for it.

    Raises `StartupError`.
    """
    logs.set_up(chosen.log_level)
    app = create(chosen)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_logging)
    sys.setswitchinterval(SECONDS_BEFORE_A_SWITCH)
    root_path = chosen.root_path.rstrip("/")
    return RootPath(app, root_path) if root_path else app


def _options(with_workers: bool) -> argparse.Namespace:
    own = "The only option is the number of processes" if with_workers else "There are no options"
    parser = argparse.ArgumentParser(
        description=f"Serve both models. {own}. The settings are environment variables, which the "
        f"README explains: {', '.join(settings.variables())}."
    )
    parser.set_defaults(workers=1)
    if with_workers:
        parser.add_argument(
            "--workers",
            type=_count,
            metavar="N",
            help="processes that share the port and the CPUs (default: 1)",
        )
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= workers.MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {workers.MOST}")
    return int(text)


def _how(chosen: Settings) -> dict[str, Any]:
    """What uvicorn is told, for one process or several."""
    return {
        "host": chosen.host,
        "port": chosen.port,
        "http": HttpProtocol,
        "log_level": chosen.log_level,
        "access_log": False,  # serve.http.observability logs each call of an API
        "proxy_headers": chosen.trust_proxy,
        "forwarded_allow_ips": "*" if chosen.trust_proxy else None,
        "server_header": False,
        "timeout_graceful_shutdown": SECONDS_TO_FINISH,
        "timeout_keep_alive": SECONDS_KEPT_ALIVE,
    }


def check_free(host: str, port: int) -> None:
    """Raise `StartupError` if the address is taken or not ours, before the models are loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        # On POSIX this allows a port whose last server has just ended; elsewhere it would share
        # a port that is taken.
        if os.name == "posix":
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise StartupError(
                f"cannot listen on {host}, port {port} ({error.strerror or error}); set "
                "TWINLABEL_HOST or TWINLABEL_PORT to another"
            ) from error


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """False for a browser's stream that shutting down cut off, which is not a fault."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
