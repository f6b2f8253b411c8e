"""A client that costs the machine little: it shares the processors with the server that it measures."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

__all__ = ["Connection", "Outcome", "closed_loop", "connected", "open_loop", "post", "timetable"]

# Requests of an open loop that fall due in the same pause of the timer are sent together.
_TICK_SECONDS = 0.001

_Answered = Callable[["Connection", int, float], None]


def post(body: bytes, path: str = "/classify", headers: str = "Content-Type: text/plain\r\n") -> bytes:
    """Return a request as the bytes on the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass
class Outcome:
    """What came of some requests: the seconds of each by status, and those that got no answer.

    Attributes
    ----------
    seconds : float
        How long the run took.
    unsent : int
        Requests that fell due in an open loop while no connection was free.
    """

    latencies: dict[int, list[float]] = field(default_factory=dict)
    broken: int = 0
    unsent: int = 0
    seconds: float = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count an answer."""
        self.latencies.setdefault(status, []).append(seconds)

    def __add__(self, other: Outcome) -> Outcome:
        """Return what came of the requests of both runs."""
        both = Outcome(broken=self.broken + other.broken, unsent=self.unsent + other.unsent)
        both.seconds = self.seconds + other.seconds
        for status in self.latencies.keys() | other.latencies.keys():
            both.latencies[status] = [*self.latencies.get(status, ()), *other.latencies.get(status, ())]
        return both

    def counts(self) -> Counter[int]:
        """Return the number of answers by status."""
        return Counter({status: len(values) for status, values in self.latencies.items()})

    def percentile(self, share: float, status: int = 200) -> float:
        """Return the seconds that a share of the answers with a status took at most; `nan` without any."""
        values = sorted(self.latencies.get(status, ()))
        return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")

    def rate(self, status: int = 200) -> float:
        """Return the answers with a status, a second."""
        return len(self.latencies.get(status, ())) / self.seconds


class Connection(asyncio.Protocol):
    """One kept connection with one request on it at a time; `body` is that of the last answer."""

    def __init__(self, answered: _Answered, broke: Callable[[], None]) -> None:
        self._answered = answered
        self._broke = broke
        self._data = b""
        self._sent_at = 0.0
        self._busy = False
        self.closing = False
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, due: float | None = None) -> None:
        """Send a request, whose seconds count from when it was due; the answer goes to the function given."""
        self._busy = True
        self._sent_at = time.perf_counter() if due is None else due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Tell of an answer once it is whole."""
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        head = head.lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._data, self._busy, self.body = b"", False, body
        self._answered(self, int(head[9:12]), time.perf_counter() - self._sent_at)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell of a request that got no answer."""
        if self._busy and not self.closing:
            self._broke()

    def close(self) -> None:
        """Close without counting what is under way."""
        self.closing = True
        self._transport.abort()


@contextlib.asynccontextmanager
async def connected(
    port: int, count: int, answered: _Answered, broke: Callable[[], None]
) -> AsyncIterator[list[Connection]]:
    """Open connections to a port of this machine, and close them at the end."""
    loop = asyncio.get_running_loop()
    connections = []
    try:
        for _ in range(count):
            _, connection = await loop.create_connection(
                lambda: Connection(answered, broke), "127.0.0.1", port
            )
            connections.append(connection)
        yield connections
    finally:
        for connection in connections:
            connection.close()


async def closed_loop(
    port: int, request: bytes | Iterator[bytes], connections: int, seconds: float, pause: float
) -> Outcome:
    """Send on each connection a request after each answer, with a pause, until the time is over."""
    outcome, loop, requests = Outcome(), asyncio.get_running_loop(), _each(request)
    started = time.perf_counter()

    def answered(connection: Connection, status: int, latency: float) -> None:
        outcome.add(status, latency)
        if time.perf_counter() - started >= seconds:
            return
        if pause:
            loop.call_later(pause, connection.send, next(requests))
        else:
            connection.send(next(requests))

    def broke() -> None:
        outcome.broken += 1

    async with connected(port, connections, answered, broke) as opened:
        for connection in opened:
            connection.send(next(requests))
        await asyncio.sleep(seconds)
        outcome.seconds = time.perf_counter() - started
    return outcome


async def open_loop(
    port: int, request: bytes | Iterator[bytes], connections: int, seconds: float, rate: float
) -> Outcome:
    """Send requests at a rate, whatever the answers, as far as there are free connections."""
    outcome, requests = Outcome(), _each(request)
    free: deque[Connection] = deque()

    def answered(connection: Connection, status: int, latency: float) -> None:
        outcome.add(status, latency)
        free.append(connection)

    def broke() -> None:
        outcome.broken += 1

    async with connected(port, connections, answered, broke) as opened:
        free.extend(opened)
        started, due = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - started) < seconds:
            while due < elapsed * rate:
                due += 1
                if free:
                    free.popleft().send(next(requests))
                else:
                    outcome.unsent += 1
            await asyncio.sleep(_TICK_SECONDS)
        outcome.seconds = time.perf_counter() - started
    return outcome


async def timetable(
    port: int, request: bytes | Iterator[bytes], connections: int, seconds: float, rate: float
) -> Outcome:
    """Send requests when they are due, or as soon after it as a connection is free.

    The seconds of an answer count from when its request was due. So a stall of the server shows in all the
    requests that it held up, and not in those alone that were under way.
    """
    outcome, requests = Outcome(), _each(request)
    free: deque[Connection] = deque()
    late: deque[float] = deque()

    def answered(connection: Connection, status: int, latency: float) -> None:
        outcome.add(status, latency)
        if late:
            connection.send(next(requests), late.popleft())
        else:
            free.append(connection)

    def broke() -> None:
        outcome.broken += 1

    async with connected(port, connections, answered, broke) as opened:
        free.extend(opened)
        started, count = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - started) < seconds:
            for number in range(count, int(elapsed * rate) + 1):
                due = started + number / rate
                if free:
                    free.popleft().send(next(requests), due)
                else:
                    late.append(due)
            count = int(elapsed * rate) + 1
            await asyncio.sleep(_TICK_SECONDS)
        outcome.seconds = time.perf_counter() - started
        outcome.unsent = len(late)
    return outcome


def _each(request: bytes | Iterator[bytes]) -> Iterator[bytes]:
    return itertools.repeat(request) if isinstance(request, bytes) else request
