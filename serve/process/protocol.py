"""uvicorn's HTTP protocol, with limits on request headers and an end that loses no request."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS_FOR_HEADERS = 10
# Of a connection without a request while the server ends. One that has just been opened has its
# request on its way, and the client could not know why it was closed.
SECONDS_FOR_A_LAST_REQUEST = 0.5
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


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself accepts headers of any size at any speed.

    A connection whose next request headers take longer than `SECONDS_FOR_HEADERS` is closed.
    Headers of more than `LARGEST_HEADERS` bytes are answered with 431. When the server ends, a
    request that is on its way is still answered.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._headers_end: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._last = b""
        self._has_asked = False
        self._is_ending = False
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
        self._has_asked = True
        super().on_headers_complete()
        if self._is_ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """End the connection after the request that is on its way, if there is one."""
        self._is_ending = True
        expected = not self._has_asked or (self._headers_end is not None and self._header_bytes)
        if expected:
            self.loop.call_later(SECONDS_FOR_A_LAST_REQUEST, super().shutdown)
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)
