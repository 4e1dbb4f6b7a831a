"""Headers: which of a request's to drop because a client could forge them, which answers get."""

from __future__ import annotations

from collections.abc import Iterable

Header = tuple[bytes, bytes]

_FORGEABLE = (b"x-forwarded-", b"forwarded", b"x-real-ip")
"""How the names of headers begin in which a proxy names the original client and host."""
FOR_ALL: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
"""What every answer gets."""
FOR_APIS: tuple[Header, ...] = (
    *FOR_ALL,
    # A browser that is made to show an API's answer must not run anything in it. The page and
    # /docs have scripts of their own.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""What an answer of an API gets."""


def not_forgeable(headers: Iterable[Header]) -> list[Header]:
    """The headers of a request without those in which a proxy names the original client and host.

    Any client could send them, and the page builds its links from them.
    """
    return [header for header in headers if not header[0].startswith(_FORGEABLE)]
