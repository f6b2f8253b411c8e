"""Lets the WSGI application, in a thread, read and write in turns what the event loop receives and sends."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine
from typing import Any, TypeVar

from sigmail_service.intake import Receive, next_chunk
from sigmail_service.problems import Problem

__all__ = ["StreamInput", "wait_for"]

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
        self._rest = memoryview(b"")
        self._more = True

    def read(self, size: int = -1) -> bytes:
        """Return the bytes that have arrived, at most `size`; wait if there are none; b"" is the end.

        Raises
        ------
        Problem
            If nothing arrives in time.
        ClientGone
            If the client went away.
        """
        while not self._rest and self._more:
            chunk, self._more = wait_for(next_chunk(self._receive), self._loop, self._seconds)
            self._rest = memoryview(chunk)
        size = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return bytes(data)


def wait_for(
    coroutine: Coroutine[Any, Any, _Result], loop: asyncio.AbstractEventLoop, seconds: float
) -> _Result:
    """Run a coroutine on the loop of another thread and return its result; `Problem` if it takes longer."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result(seconds)
    except concurrent.futures.TimeoutError:
        future.cancel()
        raise Problem("body-timeout", f"Nothing moved on the connection for {seconds:g} seconds.") from None
