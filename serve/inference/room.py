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

    A request of several pictures is refused when `most` wait in requests that are no larger than
    itself. So a large request never takes the room of a smaller one, whatever one client sends.

    For single pictures there is twice that room, of which no client may hold more than is left to
    the others, nor more than `most`. So one client leaves half of it to others, two leave a third,
    and whoever comes next finds room. Clients that share the address of a proxy count as one.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = threading.Lock()
        self.waiting = [0] * _SIZES
        """Pictures by the size of their requests. The lock guards it."""
        self.singles: dict[str, int] = {}
        """Single pictures by client. The lock guards it."""

    @property
    def taken(self) -> int:
        """Pictures of all requests that were let in and have not left."""
        return sum(self.waiting)


class Place:
    """The room that a request of `pictures` by `client` takes until it leaves, or its block ends.

    Raises `Overloaded` if there is none and the request is `bounded`.
    """

    __slots__ = ("_pictures", "_room", "_size", "abandoned", "client", "waits_for")

    def __init__(self, room: Room, pictures: int, bounded: bool = True, client: str = "") -> None:
        size = 0 if pictures <= 1 else min((pictures - 1).bit_length(), _SIZES - 1)
        waiting = room.waiting
        with room.lock:
            if size:
                ahead, limit = sum(waiting[: size + 1]), room.most
            else:
                ahead = room.singles.get(client, 0)
                limit = min(room.most, 2 * room.most - waiting[0])
            if ahead >= limit and bounded:
                raise Overloaded(
                    f"{ahead} pictures are waiting, and the limit is {limit}; try again in "
                    f"{SECONDS_TO_RETRY} s"
                )
            waiting[size] += pictures
            if not size:
                room.singles[client] = room.singles.get(client, 0) + pictures
        self.client = client
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
        larger = Place(self._room, pictures, client=self.client)
        self.leave()
        self._pictures, self._size = larger._pictures, larger._size

    def abandon(self) -> None:
        """Drop what has not been run yet, because nobody waits for it any more."""
        self.abandoned = True
        if self.waits_for is not None:
            self.waits_for.cancel()

    def leave(self) -> None:
        """Give the room back."""
        room = self._room
        with room.lock:
            room.waiting[self._size] -= self._pictures
            if not self._size:
                left = room.singles[self.client] - self._pictures
                if left:
                    room.singles[self.client] = left
                else:
                    del room.singles[self.client]

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
