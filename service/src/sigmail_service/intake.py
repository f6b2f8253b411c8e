"""Takes a request's body off the network: no more of it than the limit, and no longer than the deadline."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sigmail_service.problems import Problem, overloaded

__all__ = ["BodyLimits", "BodyMemory", "ClientGone", "Receive", "drain", "next_chunk", "read_body"]

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

Take = Callable[[int], None]
"""Takes memory for so many bytes, or raises `Problem`."""

# After a refusal the rest of the body is read and thrown away for a moment: closing at once would reset the
# connection, and a client that is still sending would then lose the answer.
_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 64 * 1024 * 1024


class ClientGone(Exception):  # noqa: N818 - An event, and nobody's error.
    """The client went away before its request was complete."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be, in bytes, and how many seconds it may take to arrive."""

    size: int
    seconds: float


class BodyMemory:
    """The memory for the bodies of all requests of a worker, from their first byte to their answer.

    Parameters
    ----------
    limit
        How many bytes there are.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0

    @contextlib.contextmanager
    def account(self) -> Iterator[Take]:
        """Give a function that takes some bytes, or raises `Problem`; all are given back at the end."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            self.take(size)
            taken += size

        try:
            yield take
        finally:
            self.give_back(taken)

    def take(self, size: int) -> None:
        """Take some bytes, or raise `Problem`."""
        if self._used + size > self._limit:
            raise overloaded("The bodies of other requests fill the memory that there is for them.")
        self._used += size

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        self._used -= size


async def read_body(receive: Receive, declared: bytes | None, limits: BodyLimits, take: Take) -> bytes:
    """Return the body of a request.

    Parameters
    ----------
    receive
        The second argument of an ASGI application.
    declared
        The header Content-Length, which the server has checked to be a number; None without one.
    limits
        How large and how slow it may be.
    take
        What takes the memory for it, from `BodyMemory.account`.

    Raises
    ------
    Problem
        If the body is larger (declared or not) or slower than allowed, or there is no memory left for it.
        No more than the limit and one network buffer has then been read.
    ClientGone
        If the client went away.
    """
    limit = limits.size
    if declared is not None and int(declared) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(limits.seconds):
            first, more = await next_chunk(receive)
            take(len(first))
            # A declared body that is there: to hear that no more comes would be another turn of the loop.
            if len(first) <= limit and (not more or (declared is not None and len(first) == int(declared))):
                return first
            return await _read_rest(receive, first, more, limit, take)
    except TimeoutError:
        raise Problem("body-timeout", f"The body took more than {limits.seconds:g} seconds.") from None


async def _read_rest(receive: Receive, first: bytes, more: bool, limit: int, take: Take) -> bytes:
    chunks = [first]
    size = len(first)
    while more and size <= limit:
        chunk, more = await next_chunk(receive)
        take(len(chunk))
        size += len(chunk)
        chunks.append(chunk)
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


async def next_chunk(receive: Receive) -> tuple[bytes, bool]:
    """Return the next piece of a body, and whether more can follow."""
    event = await receive()
    if event["type"] != "http.request":
        raise ClientGone
    return event.get("body", b""), event.get("more_body", False)


async def drain(receive: Receive) -> None:
    """Read and forget what a refused client still sends, within bounds of time and size."""
    size = 0
    more = True
    with contextlib.suppress(ClientGone, TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while more and size <= _DRAIN_BYTES:
                chunk, more = await next_chunk(receive)
                size += len(chunk)


def _too_large(limit: int) -> Problem:
    return Problem("body-too-large", f"The body is over {limit} bytes.")
