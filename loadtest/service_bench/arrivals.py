"""A minute of requests that come when they are due, at 70 % of what the service can do just then."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from service_bench.client import Outcome, closed_loop, post, timetable
from service_bench.figures import Extent, Figure, at_most, exactly, found
from service_bench.rivals.contestants import WORKERS, running
from service_bench.rivals.mails import choose, read_labelled
from service_bench.serving import free_port, serving

__all__ = ["measure"]

_MAILS = 200
_SATURATING_CONNECTIONS = 16
# More than are ever busy below the knee: a request waits for the server, and not for a connection.
_CONNECTIONS = 64
_SHARE = 0.7
# The knee is looked for again before each: machines do not stay as fast as they are.
_ROUNDS = 6
_KNEE_SECONDS, _ROUND_SECONDS = 3, 10
_HEADERS = "Content-Type: message/rfc822\r\n"
# What answers with a constant shows how evenly the machine itself works in the same minute.
_NOTHING = "empty-wsgi"


@dataclass(frozen=True, slots=True)
class Round:
    """The requests a second at the knee, and what came of those that were due after it."""

    knee: float
    due: Outcome

    def ratio(self) -> float:
        """Return the 99th percentile over the median."""
        return self.due.percentile(0.99) / self.due.percentile(0.5)

    def wrong(self) -> int:
        """Return the number of requests that got no answer with status 200."""
        counts = self.due.counts()
        return sum(counts.values()) - counts[200] + self.due.broken


def measure(extent: Extent) -> list[Figure]:
    """Find the rate at which the service is busy, then send at a share of it, by the clock; by turns."""
    mails = choose(read_labelled(), _MAILS)
    port = free_port()
    nothing = [sys.executable, "-m", "service_bench.rivals.serve", _NOTHING, str(port), str(WORKERS)]
    ours, empty = [], []
    with serving("--log-level", "warning", workers=WORKERS) as server, running(nothing, port):
        to_us = itertools.cycle([post(mail, headers=_HEADERS) for mail in mails])
        to_nothing = itertools.cycle([post(mail, "/rival", _HEADERS) for mail in mails])
        asyncio.run(closed_loop(server.port, to_us, 4, extent.seconds(2), 0))
        for _ in range(extent.count(_ROUNDS)):
            ours.append(asyncio.run(_round(server.port, to_us, extent)))
            empty.append(asyncio.run(_round(port, to_nothing, extent)))
    return _figures(ours, empty)


async def _round(port: int, requests: Iterator[bytes], extent: Extent) -> Round:
    seconds = extent.seconds(_KNEE_SECONDS)
    knee = (await closed_loop(port, requests, _SATURATING_CONNECTIONS, seconds, 0)).rate()
    seconds = extent.seconds(_ROUND_SECONDS)
    return Round(knee, await timetable(port, requests, _CONNECTIONS, seconds, _SHARE * knee))


def _figures(ours: list[Round], empty: list[Round]) -> list[Figure]:
    p50, p99 = (statistics.median(one.due.percentile(share) for one in ours) * 1000 for share in (0.5, 0.99))
    ratios = sorted(one.ratio() for one in ours)
    machine = sorted(one.ratio() for one in empty)
    answers = sum(sum(one.due.counts().values()) for one in ours)
    wrong = sum(one.wrong() for one in ours)
    note = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms from when each was due; {ratios[0]:.1f} to {ratios[-1]:.1f}"
    knee = f"{_SATURATING_CONNECTIONS} connections, the client on the same processors"
    return [
        found("arrivals: the knee", statistics.median(one.knee for one in ours), "a second", knee),
        at_most("arrivals at 70 % of the knee: p99 over p50", 10, statistics.median(ratios), "times", note),
        exactly("arrivals at 70 % of the knee: answers but 200", 0, wrong, "", f"of {answers}"),
        found(
            "arrivals: p99 over p50 of an empty application at 70 % of its own knee, by turns with it",
            statistics.median(machine),
            "times",
            f"{machine[0]:.1f} to {machine[-1]:.1f}",
        ),
    ]
