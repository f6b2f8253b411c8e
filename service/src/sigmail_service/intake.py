"""Takes a request's body off the network: no more of it than the limit, and no longer than the deadline."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sigmail_service.problems import Problem

__all__ = ["ClientGone", "Receive", "drain", "next_chunk", "read_body"]

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

# After a refusal the rest of the body is read and thrown away for a moment: closing at once would reset the
# connection, and a client that is still sending would then lose the answer.
_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 64 * 1024 * 1024


class ClientGone(Exception):  # noqa: N818 - An event, and nobody's error.
    """The client went away before its request was complete."""


async def read_body(receive: Receive, declared: bytes | None, limit: int, seconds: float) -> bytes:
    """Return the body of a request.

    Parameters
    ----------
    receive
        The second argument of an ASGI application.
    declared
        The header Content-Length, which the server has checked to be a number; None without one.
    limit
        The largest body, in bytes.
    seconds
        How long the body may take to arrive.

    Raises
    ------
    Problem
        If the body is larger (declared or not) or slower than allowed. No more than the limit and one network
        buffer has then been read.
    ClientGone
        If the client went away.
    """
    if declared is not None and int(declared) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            first, more = await next_chunk(receive)
            if not more and len(first) <= limit:
                return first
            return await _read_rest(receive, first, more, limit)
    except TimeoutError:
        raise Problem("body-timeout", f"The body took more than {seconds:g} seconds.") from None


async def _read_rest(receive: Receive, first: bytes, more: bool, limit: int) -> bytes:
    chunks = [first]
    size = len(first)
    while more and size <= limit:
        chunk, more = await next_chunk(receive)
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
