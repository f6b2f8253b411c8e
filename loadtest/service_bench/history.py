"""What the history costs: the processor's time for a request with it beside the time without.

A service with it and one without run at once and are loaded by turns, for moments, so that what the host is
doing meets both: at a rate that a worker bears with ease, and with as much as it can answer. The time of the
thread that answers is what a request pays on its way; the whole has the thread that writes the history, too.
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

from service_bench.client import closed_loop, open_loop, post
from service_bench.figures import Extent, Figure, at_least, at_most, found
from service_bench.serving import Server, serving

__all__ = ["measure"]

_ROUNDS = 16
_SECONDS = 1.5
_CONNECTIONS = 8
_STEADY_CONNECTIONS = 64
_STEADY_RATE = 4000.0
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
    rounds = extent.count(_ROUNDS, least=4)
    with _service(days=0) as without, _service(days=30) as with_it:
        for server in (without, with_it):
            _load(server, 0.5, None)
        steady = [(_turn(without, _STEADY_RATE), _turn(with_it, _STEADY_RATE)) for _ in range(rounds)]
        full = [(_turn(without, None), _turn(with_it, None)) for _ in range(rounds)]
    name = "history: processor's time a request beside without"
    bounds = [
        (f"{name}, {_STEADY_RATE:,.0f} a second", [(one.whole, other.whole) for other, one in steady]),
        (
            f"{name}, saturated, the thread that answers",
            [(one.answering, other.answering) for other, one in full],
        ),
    ]
    return [
        *(at_most(what, 1.1, _ratio(pairs), "times", _note(pairs)) for what, pairs in bounds),
        _found_whole(f"{name}, saturated, with the thread that writes", full),
        at_least("history: requests it was measured on a second", 10, max(one.rate for _, one in full), ""),
    ]


def _found_whole(name: str, turns: list[tuple[_Turn, _Turn]]) -> Figure:
    pairs = [(one.whole, other.whole) for other, one in turns]
    return found(name, _ratio(pairs), "times", _note(pairs))


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(with_it / without for with_it, without in pairs)


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


def _turn(server: Server, rate: float | None) -> _Turn:
    answering, whole = _used(server)
    answered, answered_a_second = _load(server, _SECONDS, rate)
    time.sleep(_SECONDS_TO_WRITE)
    answering_then, whole_then = _used(server)
    return _Turn((answering_then - answering) / answered, (whole_then - whole) / answered, answered_a_second)


def _load(server: Server, seconds: float, rate: float | None) -> tuple[int, float]:
    """Send requests at a rate, or as soon as others are answered; return how many got a verdict."""
    request = post(_MAIL.encode(), headers="Content-Type: message/rfc822\r\n")
    if rate is None:
        outcome = asyncio.run(closed_loop(server.port, request, _CONNECTIONS, seconds, 0))
    else:
        outcome = asyncio.run(open_loop(server.port, request, _STEADY_CONNECTIONS, seconds, rate))
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
