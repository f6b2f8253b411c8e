"""A worker process: an event loop that takes connections off the socket which all workers share."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import socket

from sigmail_service.bridge import Bridge
from sigmail_service.connection import Connection
from sigmail_service.connections import Connections
from sigmail_service.shares import Shares

__all__ = ["Worker", "new_loop"]

# Connections a worker holds at once: idle and slow ones cost it little, so there may be many.
_CONNECTIONS = 8192
_MOST_SECONDS_BETWEEN_LOOKS = 0.5
_LEAST_SECONDS_BETWEEN_LOOKS = 0.01
# A worker that holds more connections than another lets that one take the next for so long.
_SECONDS_FOR_OTHERS = 0.005
# A request may be on its way on a connection that rests, when the worker is told to stop.
_SECONDS_FOR_ARRIVALS = 0.25


def new_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop: uvloop's where it is installed, which takes less of the processor."""
    try:
        import uvloop  # noqa: PLC0415 - The package runs without it too.
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class Worker:
    """Serves until it is told to stop, and then until its work is done.

    Parameters
    ----------
    listener
        A listening socket, which does not block.
    bridge
        What answers.
    header_seconds
        How long a head may take, and a connection rest.
    shares, place
        How many connections each worker holds, and the place of this one among them.
    """

    def __init__(
        self, listener: socket.socket, bridge: Bridge, header_seconds: float, shares: Shares, place: int
    ) -> None:
        self._shares = shares
        self._place = place
        self._let_others = False
        self._listener = listener
        self._bridge = bridge
        self._header_seconds = header_seconds
        self._parent = os.getppid()

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve on a loop until SIGTERM or SIGINT has come and the work is done."""
        asyncio.set_event_loop(loop)
        self._loop = loop
        self._stopping = asyncio.Event()
        self._accepting = False
        tell = functools.partial(self._shares.tell, self._place)
        tell(0)  # The place may have been that of a worker which failed.
        self._connections = Connections(self._bridge, loop, self._header_seconds, tell)
        loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        # Not before the loop runs: uvloop would only note a signal that came until then, and look at its
        # notes when the next one comes. Until here one simply ends the process, which has taken nothing yet.
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stopping.set)
        pause = min(self._header_seconds / 4, _MOST_SECONDS_BETWEEN_LOOKS)
        pause = max(pause, _LEAST_SECONDS_BETWEEN_LOOKS)
        while not self._stopping.is_set():
            self._accept_on(len(self._connections.all) < _CONNECTIONS)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                self._connections.cut_late()
            if os.getppid() != self._parent:  # The main process was killed.
                break
        self._accept_on(False)
        self._connections.close(_SECONDS_FOR_ARRIVALS)
        while self._connections.all or self._connections.tasks:
            await asyncio.sleep(_LEAST_SECONDS_BETWEEN_LOOKS)
            self._connections.cut_late()

    def _accept_on(self, accepting: bool) -> None:
        if accepting != self._accepting:
            self._accepting = accepting
            if accepting:
                self._loop.add_reader(self._listener.fileno(), self._accept)
            else:
                self._loop.remove_reader(self._listener.fileno())

    def _accept(self) -> None:
        """Take one connection, unless another worker holds fewer and comes at once: then it is that one's."""
        self._let_others = not self._let_others and self._shares.is_ahead(self._place)
        if self._let_others:
            self._accept_on(False)
            self._loop.call_later(_SECONDS_FOR_OTHERS, self._accept_again)
            return
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:  # Another worker has it.
            return
        except (
            OSError
        ):  # The client has gone; or the system has no file left, which asking at once would not mend.
            self._accept_on(False)
            self._loop.call_later(_LEAST_SECONDS_BETWEEN_LOOKS, self._accept_again)
            return
        client.setblocking(False)
        task = self._loop.create_task(self._connect(client))
        self._connections.tasks.add(task)
        task.add_done_callback(self._connections.tasks.discard)
        if len(self._connections.all) >= _CONNECTIONS:
            self._accept_on(False)

    def _accept_again(self) -> None:
        if not self._stopping.is_set():
            self._accept_on(len(self._connections.all) < _CONNECTIONS)

    async def _connect(self, client: socket.socket) -> None:
        await self._loop.connect_accepted_socket(lambda: Connection(self._connections), client)
