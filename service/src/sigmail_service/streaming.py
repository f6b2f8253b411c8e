"""Lets the WSGI application, in a thread, read and write in turns what the event loop receives and sends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

from sigmail_service.intake import ClientGone, Receive, next_chunk
from sigmail_service.problems import Problem

__all__ = ["StreamInput", "wait_for"]

# So much is received before it is asked for. A thread that had to ask the loop for every chunk would wait for
# a turn of it each time, and a chunk holds few messages.
_AHEAD_BYTES = 1024 * 1024

_Result = TypeVar("_Result")


class StreamInput:
    """The body of a request as a file that is read while it arrives, from another thread than the loop's.

    Parameters
    ----------
    receive
        The second argument of an ASGI application.
    loop
        Its event loop.
    seconds
        How long to wait for the next bytes.
    """

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._receive = receive
        self._loop = loop
        self._seconds = seconds
        # Guards what stands below up to the event: the loop adds at one end, the reader takes from the other.
        self._changed = threading.Condition()
        self._chunks: deque[bytes] = deque()
        self._bytes = 0
        self._more = True
        self._gone = False
        self._room = asyncio.Event()  # Of the loop alone.
        self._filling: asyncio.Task[None] | None = None

    def read(self, size: int = -1) -> bytes:
        """Return the bytes that have arrived, at most `size`; wait if there are none; b"" is the end.

        Raises
        ------
        Problem
            If nothing arrives in time.
        ClientGone
            If the client went away.
        """
        with self._changed:
            if not self._chunks and self._more:
                self._loop.call_soon_threadsafe(self._fill_on)
                if not self._changed.wait_for(self._is_readable, self._seconds):
                    raise _nothing_moved(self._seconds)
            if not self._chunks and self._gone:
                raise ClientGone
            data = self._take(size)
            was_full = self._bytes >= _AHEAD_BYTES
            self._bytes -= len(data)
        if was_full:
            self._loop.call_soon_threadsafe(self._room.set)
        return data

    def _take(self, size: int) -> bytes:
        """Return as many chunks as are whole within the size, so that none is copied twice for its rest."""
        taken: list[bytes] = []
        room = self._bytes if size < 0 else size
        while self._chunks and len(self._chunks[0]) <= room:
            taken.append(self._chunks.popleft())
            room -= len(taken[-1])
        if self._chunks and not taken:
            first = self._chunks.popleft()
            self._chunks.appendleft(first[room:])
            taken.append(first[:room])
        return taken[0] if len(taken) == 1 else b"".join(taken)

    async def close(self) -> bool:
        """Receive no more, and return whether the client may send more; on the loop."""
        if self._filling is not None:
            self._filling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._filling
        return self._more

    def _is_readable(self) -> bool:
        return bool(self._chunks) or not self._more

    def _fill_on(self) -> None:
        """Begin to receive at the first call; a view that refuses a request unread has then taken nothing."""
        if self._filling is None:
            self._filling = self._loop.create_task(self._fill())

    async def _fill(self) -> None:
        while self._more:
            try:
                chunk, more = await next_chunk(self._receive)
            except ClientGone:
                chunk, more, self._gone = b"", False, True
            with self._changed:
                if chunk:
                    self._chunks.append(chunk)
                self._bytes += len(chunk)
                self._more = more
                self._room.clear()
                full = self._bytes >= _AHEAD_BYTES
                self._changed.notify()
            if full:
                await self._room.wait()


def wait_for(
    coroutine: Coroutine[Any, Any, _Result], loop: asyncio.AbstractEventLoop, seconds: float
) -> _Result:
    """Run a coroutine on the loop of another thread and return its result; `Problem` if it takes longer."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result(seconds)
    except concurrent.futures.TimeoutError:
        future.cancel()
        raise _nothing_moved(seconds) from None


def _nothing_moved(seconds: float) -> Problem:
    return Problem("body-timeout", f"Nothing moved on the connection for {seconds:g} seconds.")
