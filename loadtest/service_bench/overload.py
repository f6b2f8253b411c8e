"""Four times as many requests as the service can answer: what is taken is answered soon."""

from __future__ import annotations

import asyncio
import time

from service_bench.client import closed_loop, open_loop, post
from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.serving import serving

__all__ = ["measure"]

REQUEST = post(b"The build is green again. Could you send me the figures for March before Thursday? " * 8)
_TIMES = 4
# Two for each of two workers: their share of the time of two processors is then taken.
_SATURATING_CONNECTIONS = 8
_PAUSE = 0.002
_OVERLOAD_SECONDS = 30
_ALONE_SECONDS = _OVERLOAD_SECONDS / 2
_RECOVERY_SECONDS = 2.0
_EXPECTED = {200, 429, 503}


def measure(extent: Extent) -> list[Figure]:
    """Measure alone, at saturation, at four times that, and after it."""
    with serving("--log-level", "warning") as server:
        asyncio.run(closed_loop(server.port, REQUEST, 2, extent.seconds(1), 0))
        alone = asyncio.run(closed_loop(server.port, REQUEST, 1, extent.seconds(_ALONE_SECONDS), _PAUSE))
        full = asyncio.run(closed_loop(server.port, REQUEST, _SATURATING_CONNECTIONS, extent.seconds(5), 0))
        rate, connections = _TIMES * full.rate(), _TIMES * _SATURATING_CONNECTIONS
        seconds = extent.seconds(_OVERLOAD_SECONDS)
        over = asyncio.run(open_loop(server.port, REQUEST, connections, seconds, rate))
        time.sleep(_RECOVERY_SECONDS)
        after = asyncio.run(closed_loop(server.port, REQUEST, 1, extent.seconds(_ALONE_SECONDS), _PAUSE))
    counts = over.counts()
    unexpected = sum(count for status, count in counts.items() if status not in _EXPECTED)
    median = alone.percentile(0.5)
    # From before and after, together as long as the overload: a machine that others share has its hiccups in
    # any half minute, and not in any five seconds.
    p99 = (alone + after).percentile(0.99)
    note = (
        f"a second: {rate:.0f} fell due, {over.unsent / over.seconds:.0f} of them while all {connections} "
        f"connections were busy, {over.rate():.0f} accepted, {over.rate(503):.0f} refused; "
        f"{full.rate():.0f} at saturation"
    )
    return [
        exactly(
            "overload: answers but 200, 429, 503, and broken connections",
            0,
            unexpected + over.broken,
            "",
            note,
        ),
        at_most(
            "overload: accepted p99 beside alone",
            5,
            over.percentile(0.99) / p99,
            "times",
            f"{over.percentile(0.99) * 1000:.1f} ms, {p99 * 1000:.1f} ms alone",
        ),
        at_least("overload: requests refused", 1, counts[503], ""),
        exactly(
            "overload: answers but 200, 2 s later", 0, sum(after.counts().values()) - after.counts()[200], ""
        ),
        at_most("overload: median beside alone, 2 s later", 2, after.percentile(0.5) / median, "times"),
    ]
