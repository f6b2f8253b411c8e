"""The connections of a worker, and what they share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from sigmail_service.bridge import Bridge

__all__ = ["Connections", "Held"]


class Held(Protocol):
    """What the others are told of a connection."""

    deadline: float

    @property
    def idle(self) -> bool:
        """Whether no request is being received or answered."""

    def cut(self) -> None:
        """Close the connection, whatever stands in it."""


class Connections:
    """All connections of a worker, and what they share.

    Parameters
    ----------
    bridge
        What answers.
    loop
        The event loop.
    header_seconds
        How long a head may take, and how long a connection may rest between two requests.
    tell
        Is told how many there are, whenever that changes.
    """

    def __init__(
        self,
        bridge: Bridge,
        loop: asyncio.AbstractEventLoop,
        header_seconds: float,
        tell: Callable[[int], None],
    ) -> None:
        self._tell = tell
        self.bridge = bridge
        self.loop = loop
        self.header_seconds = header_seconds
        self.all: set[Held] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.closing = False

    def join(self, connection: Held) -> None:
        """Take one more."""
        self.all.add(connection)
        self._tell(len(self.all))

    def leave(self, connection: Held) -> None:
        """Let one go that has ended."""
        self.all.discard(connection)
        self._tell(len(self.all))

    def cut_late(self) -> None:
        """Close those whose time is over."""
        now = self.loop.time()
        for connection in [each for each in self.all if each.deadline <= now]:
            connection.cut()

    def close(self, seconds: float) -> None:
        """Close those that rest, after a moment in which a request on its way may arrive; the others end."""
        self.closing = True
        until = self.loop.time() + seconds
        for connection in self.all:
            if connection.idle:
                connection.deadline = min(connection.deadline, until)
