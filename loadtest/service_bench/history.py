"""What the history costs: the processor's time for a request with it beside the time without."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from service_bench.client import closed_loop, post
from service_bench.figures import Extent, Figure, at_least, at_most
from service_bench.serving import Server, serving

__all__ = ["measure"]

_ROUNDS = 5
_SECONDS = 4.0
_CONNECTIONS = 8
_TICKS = os.sysconf("SC_CLK_TCK")
# The two times that a process has used, among the fields of its `stat` behind its name.
_USER_TIME, _SYSTEM_TIME = 11, 12
_LINE = "The review of chapter {} moved to {} o'clock, since the room of the {}th is taken by others.\r\n"
_MAIL = (
    "From: Ada <ada@example.org>\r\nTo: Grace <grace@example.org>\r\nSubject: The minutes\r\n\r\n"
    + "".join(_LINE.format(number, number % 24, number * 7) for number in range(24))
)


def measure(extent: Extent) -> list[Figure]:
    """Send a mail of 2.4 KB again and again with and without the history, by turns."""
    without, with_it, kept = [], [], 0.0
    for _ in range(extent.count(_ROUNDS, least=2)):
        without.append(_processor_time("0", extent)[0])
        seconds, share = _processor_time("30", extent)
        with_it.append(seconds)
        kept = max(kept, share)
    ratio = statistics.median(with_it) / statistics.median(without)
    note = (
        f"{1e6 * statistics.median(with_it):.0f} beside {1e6 * statistics.median(without):.0f} microseconds"
    )
    return [
        at_most("history: processor's time for a request beside without", 1.1, ratio, "times", note),
        at_least("history: requests it was measured on a second", 10, kept, ""),
    ]


def _processor_time(days: str, extent: Extent) -> tuple[float, float]:
    """Return the processor's time of a request in seconds, and how many there were a second."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "settings.toml"
        config.write_text(f"history_days = {days}\n")
        options = ("--data-dir", folder, "--config", str(config), "--log-level", "warning")
        request = post(_MAIL.encode(), headers="Content-Type: message/rfc822\r\n")
        with serving(*options, workers=1) as server:
            asyncio.run(closed_loop(server.port, request, _CONNECTIONS, 0.5, 0))
            before = _used(server)
            outcome = asyncio.run(
                closed_loop(server.port, request, _CONNECTIONS, extent.seconds(_SECONDS), 0)
            )
            time.sleep(0.6)  # What is still in the queue belongs to the cost.
            return (_used(server) - before) / outcome.counts()[200], outcome.rate()


def _used(server: Server) -> float:
    """Return the seconds of processor's time that the workers have used."""
    ticks = 0
    for worker in server.workers():
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])
    return ticks / _TICKS
