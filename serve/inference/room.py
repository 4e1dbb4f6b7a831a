"""How many pictures may wait, and which request is refused when there are too many."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Any

from serve.errors import Overloaded

SECONDS_TO_RETRY = 1
# Requests whose numbers of pictures lie between the same powers of two are of one size.
_SIZES = 32


class Room:
    """Room for `most` waiting pictures, which a request must find before its body is decoded.

    A request is refused when `most` pictures wait in requests that are no larger than itself. So a
    large request never takes the room of a smaller one, whatever one client sends. Requests are
    told apart by their size and not by the client's address, because behind a proxy all clients
    share one.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = threading.Lock()
        self.waiting = [0] * _SIZES
        """Pictures by the size of their requests. The lock guards it."""

    @property
    def taken(self) -> int:
        """Pictures of all requests that were let in and have not left."""
        return sum(self.waiting)


class Place:
    """The room that a request of `pictures` takes until it leaves, or until its block ends.

    Raises `Overloaded` if there is none and the request is `bounded`.
    """

    __slots__ = ("_pictures", "_room", "_size", "abandoned", "waits_for")

    def __init__(self, room: Room, pictures: int, bounded: bool = True) -> None:
        size = 0 if pictures <= 1 else min((pictures - 1).bit_length(), _SIZES - 1)
        waiting = room.waiting
        with room.lock:
            ahead = sum(waiting[: size + 1]) if size else waiting[0]
            if ahead >= room.most and bounded:
                raise Overloaded(
                    f"{ahead} pictures are waiting, and the limit is {room.most}; try again in "
                    f"{SECONDS_TO_RETRY} s"
                )
            waiting[size] += pictures
        self._room = room
        self._pictures = pictures
        self._size = size
        self.abandoned = False
        """Whether the client went away."""
        self.waits_for: asyncio.Future[Any] | None = None
        """What the request waits for, once the models have its pictures."""

    def hold(self, pictures: int) -> None:
        """Make sure that so many pictures fit, where the request had said that it brings fewer.

        Raises `Overloaded`; the place then stays as it was.
        """
        if pictures <= self._pictures:
            return
        larger = Place(self._room, pictures)
        self.leave()
        self._pictures, self._size = larger._pictures, larger._size

    def abandon(self) -> None:
        """Drop what has not been run yet, because nobody waits for it any more."""
        self.abandoned = True
        if self.waits_for is not None:
            self.waits_for.cancel()

    def leave(self) -> None:
        """Give the room back."""
        with self._room.lock:
            self._room.waiting[self._size] -= self._pictures

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
