"""Many connections that say nothing, and many that send a byte now and then, beside one normal client."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator

from service_bench.client import Outcome, closed_loop
from service_bench.figures import Extent, Figure, at_most, exactly
from service_bench.overload import REQUEST
from service_bench.serving import serving

__all__ = ["measure"]

_IDLE = 1_000
_DRIBBLING = 200
_ROUNDS = 4
_PAUSE = 0.002
_DRIBBLE_SECONDS = 0.5
_HEAD = (
    b"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 100000\r\n\r\n"
)


def measure(extent: Extent) -> list[Figure]:
    """Measure the normal client alone and in the crowd, in turns, so that both meet the same machine."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with serving("--log-level", "warning", "--body-timeout", "600") as server:
        alone, crowded = asyncio.run(_in_turns(server.port, extent))
    ratio = crowded.percentile(0.99) / alone.percentile(0.99)
    note = f"{crowded.percentile(0.99) * 1000:.1f} ms, {alone.percentile(0.99) * 1000:.1f} ms alone"
    wrong = sum(count for status, count in (alone.counts() + crowded.counts()).items() if status != 200)
    return [
        at_most(
            "crowd of 1,000 idle and 200 dribbling: a normal client's p99 beside alone",
            2,
            ratio,
            "times",
            note,
        ),
        exactly("crowd: the normal client's answers but 200", 0, wrong + alone.broken + crowded.broken, ""),
    ]


async def _in_turns(port: int, extent: Extent) -> tuple[Outcome, Outcome]:
    alone, crowded = Outcome(), Outcome()
    seconds = extent.seconds(5)
    await closed_loop(port, REQUEST, 1, seconds / 4, _PAUSE)
    for _ in range(extent.count(_ROUNDS)):
        _merge(alone, await closed_loop(port, REQUEST, 1, seconds, _PAUSE))
        async with _crowd(port, extent):
            _merge(crowded, await closed_loop(port, REQUEST, 1, seconds, _PAUSE))
    return alone, crowded


def _merge(into: Outcome, other: Outcome) -> None:
    for status, latencies in other.latencies.items():
        into.latencies.setdefault(status, []).extend(latencies)
    into.broken += other.broken


@contextlib.asynccontextmanager
async def _crowd(port: int, extent: Extent) -> AsyncIterator[None]:
    writers = []
    try:
        for _ in range(extent.count(_IDLE) + extent.count(_DRIBBLING)):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
        slow = writers[: extent.count(_DRIBBLING)]
        for writer in slow:
            writer.write(_HEAD)
        dribbling = asyncio.create_task(_dribble(slow))
        yield
        dribbling.cancel()
    finally:
        for writer in writers:
            writer.transport.abort()


async def _dribble(writers: list[asyncio.StreamWriter]) -> None:
    """Send a byte on each connection, one after another, again and again."""
    while True:
        for writer in writers:
            writer.write(b"x")
            await asyncio.sleep(_DRIBBLE_SECONDS / len(writers))
