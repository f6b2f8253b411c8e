"""Rounds in which all contestants take turns; a figure is the median of its ratio within the rounds."""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from service_bench.figures import Extent, Figure, at_least, at_most, exactly, found
from service_bench.rivals.contestants import EMPTY_ROUTE, LEAN_ROUTE, OURS, VIEW, Contestant, contestants
from service_bench.rivals.mails import choose, read_labelled
from service_bench.rivals.processes import cpu_seconds, resident_bytes
from service_bench.rivals.wrk import Load, drive, write_mails

__all__ = ["measure"]

_MAILS = 200
_ROUNDS = 5
_SECONDS_OF_ONE, _SECONDS_OF_MANY = 2, 4
_MANY = 16
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contestant did in one round."""

    one: Load
    many: Load
    cpu: float
    """Seconds of processor time for 1,000 requests."""
    resident: int


def measure(extent: Extent) -> list[Figure]:
    """Let all take their turns, and set them beside the empty route on our own server."""
    return compare(extent, ())


def compare(extent: Extent, names: tuple[str, ...]) -> list[Figure]:
    """Measure our own ways and the rivals named, or all of them."""
    with tempfile.TemporaryDirectory() as folder, contestants(names) as running:
        mails = write_mails(Path(folder), choose(read_labelled(), _MAILS))
        turns = defaultdict(list)
        for contestant in running:
            drive(contestant.url, mails, contestant.content_type, _MANY, 1)
        for _ in range(extent.count(_ROUNDS)):
            for contestant in running:
                turns[contestant.name].append(_turn(contestant, mails, extent))
    return [*_asked(turns), *(figure for name in turns for figure in _found(name, turns))]


def _turn(contestant: Contestant, mails: Path, extent: Extent) -> Turn:
    url, content_type = contestant.url, contestant.content_type
    one = drive(url, mails, content_type, 1, extent.seconds(_SECONDS_OF_ONE))
    before = cpu_seconds(contestant.process)
    many = drive(url, mails, content_type, _MANY, extent.seconds(_SECONDS_OF_MANY))
    cpu = (cpu_seconds(contestant.process) - before) / many.requests * 1000
    return Turn(one, many, cpu, resident_bytes(contestant.process))


def _asked(turns: dict[str, list[Turn]]) -> list[Figure]:
    ours, view, empty = turns[OURS], turns[VIEW], turns[EMPTY_ROUTE]
    # It imports Flask and granian alone: what every service of this kind has in memory.
    lean = turns.get(LEAN_ROUTE, empty)

    def over(figure: str, mine: list[Turn], theirs: list[Turn] = empty) -> float:
        pairs = zip(mine, theirs, strict=True)
        return statistics.median(_value(turn, figure) / _value(other, figure) for turn, other in pairs)

    wrong = sum(turn.one.wrong + turn.many.wrong for turn in [*ours, *view])
    return [
        at_most("CPU a request over the empty route", 0.6, over("cpu", ours), "times"),
        at_most("CPU a request over the empty route, by the view of Flask", 1.25, over("cpu", view), "times"),
        at_least("requests a second over the empty route", 1.5, over("rate", ours), "times"),
        at_least(
            "requests a second over the empty route, by the view of Flask", 0.8, over("rate", view), "times"
        ),
        at_most("p50 at one connection over the empty route", 1.25, over("p50", ours), "times"),
        at_most("p99 at 16 connections over the empty route", 1.5, over("p99", ours), "times"),
        at_most(
            "resident memory of a worker over an empty route's, by WSGI",
            1.5,
            over("resident", ours, lean),
            "times",
        ),
        exactly("rivals: wrong answers of ours", 0, wrong, ""),
    ]


def _found(name: str, turns: dict[str, list[Turn]]) -> list[Figure]:
    def middle(figure: str) -> float:
        return statistics.median(_value(turn, figure) for turn in turns[name])

    note = (
        f"{middle('rate'):.0f} a second, p99 {middle('p99'):.2f} ms at {_MANY} connections; "
        f"p50 {middle('p50'):.2f} ms at one; {middle('resident') / _MEGABYTE:.0f} MB a worker; "
        f"{sum(turn.one.wrong + turn.many.wrong for turn in turns[name])} wrong answers"
    )
    return [found(f"{name}: CPU a request", middle("cpu") * 1000, "µs", note)]


def _value(turn: Turn, figure: str) -> float:
    values = {
        "cpu": turn.cpu,
        "rate": turn.many.rate,
        "p50": turn.one.p50,
        "p99": turn.many.p99,
        "resident": float(turn.resident),
    }
    return values[figure]
