"""A minute of requests that come when they are due, at 70 % of what the service can do."""

from __future__ import annotations

import asyncio
import itertools

from service_bench.client import closed_loop, post, timetable
from service_bench.figures import Extent, Figure, at_most, exactly, found
from service_bench.rivals.mails import choose, read_labelled
from service_bench.serving import serving

__all__ = ["measure"]

_MAILS = 200
_SATURATING_CONNECTIONS = 16
# More than are ever busy below the knee: a request waits for the server, and not for a connection.
_CONNECTIONS = 64
_SHARE = 0.7
_HEADERS = "Content-Type: message/rfc822\r\n"


def measure(extent: Extent) -> list[Figure]:
    """Find the rate at which the service is busy, then send at a share of it, by the clock."""
    mails = choose(read_labelled(), _MAILS)
    requests = itertools.cycle([post(mail, headers=_HEADERS) for mail in mails])
    with serving("--log-level", "warning") as server:
        asyncio.run(closed_loop(server.port, requests, 4, extent.seconds(2), 0))
        full = asyncio.run(closed_loop(server.port, requests, _SATURATING_CONNECTIONS, extent.seconds(10), 0))
        rate = _SHARE * full.rate()
        outcome = asyncio.run(timetable(server.port, requests, _CONNECTIONS, extent.seconds(60), rate))
    p50, p99 = outcome.percentile(0.5), outcome.percentile(0.99)
    wrong = sum(outcome.counts().values()) - outcome.counts()[200] + outcome.broken
    note = f"p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms at {rate:.0f} a second, from when each was due"
    knee = f"{_SATURATING_CONNECTIONS} connections, the client on the same processors"
    return [
        found("arrivals: the knee", full.rate(), "a second", knee),
        at_most("arrivals at 70 % of the knee: p99 over p50", 10, p99 / p50, "times", note),
        exactly("arrivals at 70 % of the knee: answers but 200", 0, wrong, ""),
    ]
