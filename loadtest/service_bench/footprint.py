"""What the service costs at rest: from start to ready, and the memory that each worker has for itself."""

from __future__ import annotations

import asyncio
import statistics
import time

from service_bench.client import closed_loop
from service_bench.figures import Extent, Figure, at_most, exactly
from service_bench.overload import REQUEST
from service_bench.serving import serving

__all__ = ["measure"]

_STARTS = 7
_MEGABYTE = 1_000_000


def measure(extent: Extent) -> list[Figure]:
    """Start some times, the first time for the disk's sake; then look at the memory after some work."""
    seconds = []
    for _ in range(extent.count(_STARTS) + 1):
        with serving("--log-level", "warning") as server:
            seconds.append(server.seconds_to_ready)
    with serving("--log-level", "warning") as server:
        asyncio.run(closed_loop(server.port, REQUEST, 8, extent.seconds(3), 0))
        time.sleep(0.2)
        memory = server.private_bytes()
    warm = seconds[1:]
    note = f"median {statistics.median(warm):.2f} s of {len(warm)} starts"
    return [
        exactly("workers", 2, len(memory), ""),
        at_most("start to ready on a warm disk, slowest", 1, max(warm), "s", note),
        at_most("memory that a worker shares with nobody, largest", 50, max(memory) / _MEGABYTE, "MB"),
    ]
