"""Runs an ASGI application: uvicorn, with limits on what comes before a request's body."""

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
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serve import api, evidence, runtime, settings
from serve.compare import Comparer
from serve.engine import Engine
from serve.errors import StartupError
from serve.metrics import Metrics
from serve.settings import Settings

# Browsers hold a stream open for as long as the page is; ending must not wait for them.
SECONDS_TO_FINISH = 3
SECONDS_FOR_HEADERS = 10
LARGEST_HEADERS = 64_000
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%s"
)
_TEXT = (
    b'{"error":{"code":"headers_too_large","message":"the request\'s headers are over 64,000 '
    b'bytes; send fewer or shorter ones"}}'
)


class Protocol(HttpToolsProtocol):
    """uvicorn's, with bounds on headers: neither the parser nor uvicorn has any."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._headers_end: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._wait_for_headers()

    def _wait_for_headers(self) -> None:
        self._stop_waiting()
        self._header_bytes = 0
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
            # Before it is parsed: whole headers in one large piece are no better.
            if self._header_bytes > LARGEST_HEADERS and self._headers_in(data) > LARGEST_HEADERS:
                self.transport.write(_TOO_LARGE % (len(_TEXT), _TEXT))
                self.transport.close()
                return
        super().data_received(data)

    def _headers_in(self, data: bytes) -> int:
        """Bytes of headers so far, without what follows them in the same piece."""
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


def create_rest(chosen: Settings) -> tuple[FastAPI, Comparer]:
    """REST on the pair that `chosen` names. Raises `StartupError`."""
    pair = runtime.load(chosen.pair, chosen.device)
    metrics = Metrics()
    engine = Engine(pair, chosen.most_waiting, metrics.batch)
    metrics.watch(engine)
    comparer = Comparer(engine, evidence.load(chosen.pair, pair.manifest.pair))
    return api.create(comparer, metrics, chosen.trust_proxy), comparer


def main(create: Callable[[Settings], FastAPI]) -> None:
    """Serve what `create` makes until SIGTERM or Ctrl-C; end with one line if it cannot start."""
    argparse.ArgumentParser(
        description="Serve both models. There are no options: settings are environment variables, "
        f"{', '.join(settings.variables())}; the README says what each does."
    ).parse_args()
    try:
        chosen = settings.from_environment()
        _check_free(chosen.host, chosen.port)
        logging.basicConfig(
            level=chosen.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        app = create(chosen)
    except StartupError as error:
        sys.exit(f"twinlabel: {error}")
    logging.getLogger("uvicorn.error").addFilter(_is_no_cut_stream)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        http=Protocol,
        log_level=chosen.log_level,
        access_log=False,  # serve.gate writes a line for each REST request
        proxy_headers=chosen.trust_proxy,
        forwarded_allow_ips="*" if chosen.trust_proxy else None,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


def _check_free(host: str, port: int) -> None:
    """Raise `StartupError` where nothing can listen there, before the models are loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        if os.name == "posix":  # elsewhere it would share the port instead of telling
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise StartupError(
                f"{host}, port {port} cannot be listened on ({error.strerror or error}); set "
                "TWINLABEL_HOST or TWINLABEL_PORT to another"
            ) from error


def _is_no_cut_stream(record: logging.LogRecord) -> bool:
    """A browser's stream that is cut at the end is no fault: not worth a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
