"""What a dialect is: one way of asking the server over HTTP, with its own form of errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from serve.inference.compare import Comparer
from serve.rest.common.operation import Operation


@dataclass(frozen=True)
class Context:
    """What the operations of a dialect work with."""

    comparer: Comparer


@dataclass(frozen=True)
class Dialect:
    """One way of asking over HTTP. Each is listed once, in `serve.rest.dialects`.

    Everything that depends on the dialect of a request is taken from here: the form of its errors
    (also for an unknown route or method), whether it is logged and counted by route, and its
    security headers.
    """

    name: str
    prefix: str
    """How the paths of the dialect begin, for example `/v2`. Dialects may share a prefix."""
    operations: Callable[[Context], Sequence[Operation]]
    """Makes the dialect's operations. They decode requests, ask the models, and encode answers."""
    error: Callable[[str, str], dict[str, Any]]
    """Makes the JSON document of an error from its code and its message."""


def prefixes(dialects: Sequence[Dialect]) -> tuple[str, ...]:
    """The prefixes of `dialects`, each once."""
    return tuple(dict.fromkeys(dialect.prefix for dialect in dialects))


def of_path(path: str, dialects: Sequence[Dialect]) -> Dialect | None:
    """The dialect that `path` belongs to: the one with the longest prefix that fits, if any."""
    fitting = [dialect for dialect in dialects if path.startswith(dialect.prefix)]
    return max(fitting, key=lambda dialect: len(dialect.prefix), default=None)
