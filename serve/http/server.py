"""Runs the application with uvicorn, and limits the size and duration of request headers."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serve import settings
from serve.errors import StartupError
from serve.http import logs
from serve.http.root_path import RootPath
from serve.settings import Settings

# A browser holds a stream open as long as it shows the page. Shutting down must not wait for it.
SECONDS_TO_FINISH = 3
SECONDS_FOR_HEADERS = 10
# Longer than proxies keep an idle connection (nginx: 60 s). If the server closed first, a request
# that is on its way at that moment would be answered with 502.
SECONDS_KEPT_ALIVE = 75
# How long a thread may go on in Python while others wait, instead of 5 ms: a request waits several
# times for the threads that decode what other clients sent.
SECONDS_BEFORE_A_SWITCH = 0.0005
LARGEST_HEADERS = 64_000
"""Bytes in the headers of one request."""
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
    b"connection: close\r\nx-request-id: %016x\r\ncontent-length: %d\r\n\r\n%s"
)
# The path is not parsed yet, so no dialect is known whose form this error could take.
_TEXT = (
    b'{"error":{"code":"headers_too_large","message":"the request headers have more than the '
    b'limit of 64,000 bytes; send fewer or shorter headers"}}'
)


class HeaderLimitProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself accepts headers of any size at any speed.

    A connection whose next request headers take longer than `SECONDS_FOR_HEADERS` is closed.
    Headers of more than `LARGEST_HEADERS` bytes are answered with 431.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._headers_end: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._last = b""
        self._wait_for_headers()

    def _wait_for_headers(self) -> None:
        self._stop_waiting()
        self._header_bytes = 0
        self._last = b""
        self._headers_end = self.loop.call_later(SECONDS_FOR_HEADERS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._headers_end is not None:
            self._headers_end.cancel()
            self._headers_end = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._headers_end is not None:
            self._header_bytes += len(data)
            seen, self._last = self._last + data, data[-3:]
            # Checked before parsing, because one large piece can hold all of the headers.
            if self._header_bytes > LARGEST_HEADERS and self._headers_in(seen) > LARGEST_HEADERS:
                self.transport.write(_TOO_LARGE % (random.getrandbits(64), len(_TEXT), _TEXT))
                self.transport.close()
                return
        super().data_received(data)

    def _headers_in(self, data: bytes) -> int:
        """Bytes of headers so far, not counting the body that may follow in the same piece.

        `data` is the piece that has just arrived, with the three bytes before it: the blank line
        that ends the headers may lie across two pieces.
        """
        end = data.find(b"\r\n\r\n")
        return self._header_bytes if end < 0 else self._header_bytes - len(data) + end

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._headers_end is None:
            self._wait_for_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)


def main(create: Callable[[Settings], Starlette]) -> None:
    """Serve the application that `create` makes until SIGTERM or Ctrl-C.

    If it cannot start, the process ends with status 1 and one line that says why.
    """
    argparse.ArgumentParser(
        description="Serve both models. There are no options. The settings are environment "
        f"variables, which the README explains: {', '.join(settings.variables())}."
    ).parse_args()
    try:
        chosen = settings.from_environment()
        check_free(chosen.host, chosen.port)
        logs.set_up(chosen.log_level)
        app = create(chosen)
    except StartupError as error:
        sys.exit(f"twinlabel: {error}")
    logging.getLogger("uvicorn.error").addFilter(_is_worth_logging)
    sys.setswitchinterval(SECONDS_BEFORE_A_SWITCH)
    root_path = chosen.root_path.rstrip("/")
    uvicorn.run(
        RootPath(app, root_path) if root_path else app,
        host=chosen.host,
        port=chosen.port,
        http=HeaderLimitProtocol,
        log_level=chosen.log_level,
        access_log=False,  # serve.http.observability logs each call of an API
        proxy_headers=chosen.trust_proxy,
        forwarded_allow_ips="*" if chosen.trust_proxy else None,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
        timeout_keep_alive=SECONDS_KEPT_ALIVE,
    )


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
