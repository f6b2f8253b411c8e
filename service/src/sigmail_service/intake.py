"""Takes a request's body off the network: no more of it than the limit, and no longer than the deadline."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from sigmail_service.problems import Problem

__all__ = ["drain", "read_body"]

# After a refusal the rest of the body is read and thrown away for a moment: closing at once would reset the
# connection, and a client that is still sending would then lose the answer.
_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 64 * 1024 * 1024


async def read_body(scope: Any, protocol: Any, limit: int, seconds: float) -> bytes:
    """Return the body of a request.

    Parameters
    ----------
    scope, protocol
        The two arguments of an RSGI application.
    limit
        The largest body, in bytes.
    seconds
        How long the body may take to arrive.

    Raises
    ------
    Problem
        If the body is larger (declared or not) or slower than allowed. No more than the limit and one network
        buffer has then been read.
    """
    headers = scope.headers
    declared = headers.get("content-length")
    if declared is None and headers.get("transfer-encoding") is None and scope.http_version.startswith("1"):
        return b""
    if declared is not None and int(declared) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            if declared is not None:
                return bytes(await protocol())
            return await _read_undeclared(protocol, limit)
    except TimeoutError:
        raise Problem("body-timeout", f"The body took more than {seconds:g} seconds.") from None


async def _read_undeclared(protocol: Any, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in protocol:
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(bytes(chunk))
    return b"".join(chunks)


async def drain(protocol: Any) -> None:
    """Read and forget what a refused client still sends, within bounds of time and size."""
    size = 0
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in protocol:
                size += len(chunk)
                if size > _DRAIN_BYTES:
                    return


def _too_large(limit: int) -> Problem:
    return Problem("body-too-large", f"The body is over {limit} bytes.")
