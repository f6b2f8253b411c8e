"""What the history costs: the processor's time for a request with it beside the time without.

A service with it and one without run at once and are loaded by turns, for moments, so that what the host is
doing meets both. The time of the thread that answers is what a request pays on its way; the thread that
writes the history is counted with it in a figure of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from service_bench.client import closed_loop, post
from service_bench.figures import Extent, Figure, at_least, at_most, found
from service_bench.serving import Server, serving

__all__ = ["measure"]

_ROUNDS = 24
_SECONDS = 1.5
_CONNECTIONS = 8
# What is still in the queue after a turn belongs to its cost.
_SECONDS_TO_WRITE = 0.6
_LINE = "The review of chapter {} moved to {} o'clock, since the room of the {}th is taken by others.\r\n"
_MAIL = (
    "From: Ada <ada@example.org>\r\nTo: Grace <grace@example.org>\r\nSubject: The minutes\r\n\r\n"
    + "".join(_LINE.format(number, number % 24, number * 7) for number in range(24))
)


class _Turn(NamedTuple):
    """Microseconds of processor's time for a request, and requests a second."""

    answering: float
    whole: float
    rate: float


def measure(extent: Extent) -> list[Figure]:
    """Send a mail of 2.4 KB again and again with and without the history, by turns."""
    with _service(days=0) as without, _service(days=30) as with_it:
        for server in (without, with_it):
            _load(server, 0.5)
        turns = [(_turn(without), _turn(with_it)) for _ in range(extent.count(_ROUNDS, least=4))]
    answering = statistics.median(one.answering / other.answering for other, one in turns)
    whole = statistics.median(one.whole / other.whole for other, one in turns)
    return [
        at_most(
            "history: processor's time a request of the thread that answers, beside without",
            1.1,
            answering,
            "times",
            _note([(one.answering, other.answering) for other, one in turns]),
        ),
        found(
            "history: the same with the thread that writes it",
            whole,
            "times",
            _note([(one.whole, other.whole) for other, one in turns]),
        ),
        at_least("history: requests it was measured on a second", 10, max(one.rate for _, one in turns), ""),
    ]


def _note(pairs: list[tuple[float, float]]) -> str:
    with_it, without = map(statistics.median, zip(*pairs, strict=True))
    return f"{with_it:.1f} beside {without:.1f} microseconds, {len(pairs)} turns"


@contextlib.contextmanager
def _service(days: int) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "settings.toml"
        config.write_text(f"history_days = {days}\n")
        options = ("--data-dir", folder, "--config", str(config), "--log-level", "warning")
        with serving(*options, workers=1) as server:
            yield server


def _turn(server: Server) -> _Turn:
    answering, whole = _used(server)
    answered, rate = _load(server, _SECONDS)
    time.sleep(_SECONDS_TO_WRITE)
    answering_then, whole_then = _used(server)
    return _Turn((answering_then - answering) / answered, (whole_then - whole) / answered, rate)


def _load(server: Server, seconds: float) -> tuple[int, float]:
    request = post(_MAIL.encode(), headers="Content-Type: message/rfc822\r\n")
    outcome = asyncio.run(closed_loop(server.port, request, _CONNECTIONS, seconds, 0))
    return outcome.counts()[200], outcome.rate()


def _used(server: Server) -> tuple[float, float]:
    """Return the microseconds of processor's time of the workers' first threads, and of all of them."""
    answering = whole = 0.0
    for worker in server.workers():
        for thread in Path(f"/proc/{worker}/task").iterdir():
            # The first field of `schedstat` is the time on the processor in nanoseconds.
            used = int((thread / "schedstat").read_text().split()[0]) / 1e3
            whole += used
            answering += used if thread.name == str(worker) else 0.0
    return answering, whole
