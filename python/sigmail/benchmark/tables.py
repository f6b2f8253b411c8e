"""A record of a measurement as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sigmail.benchmark.race import OURS

__all__ = ["as_lines"]

_TWO_THREADS = 1.6
"""How many times as fast as one thread two are asked to be, where there is work for both."""


def as_lines(record: Mapping[str, Any]) -> list[str]:
    """Write the record as tables: the bars beside what was measured, then each peer's time."""
    return [*_heading(record), "", *_bars(record), "", *_peers(record), *_threads(record)]


def _heading(record: Mapping[str, Any]) -> Iterator[str]:
    missing = [name for name, version in record["peers"].items() if version is None]
    present = ", ".join(f"{name} {version}" for name, version in record["peers"].items() if version)
    yield f"{record['processor']}, {record['cores']} cores, {record['build']['simd']}, {record['date'][:10]};"
    yield f"load average {record['load_before']:.1f} before and {record['load_after']:.1f} after the run."
    yield f"Beside {present}."
    if missing:
        yield f"Left out, since not installed: {', '.join(missing)}."


def _outcomes(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what was raced, and its name."""
    for outcome in record["one_thread"]:
        yield outcome["name"], outcome
    for outcome in record.get("avx2", []):
        yield f"{outcome['name']} (AVX2 forced)", outcome


def _bars(record: Mapping[str, Any]) -> Iterator[str]:
    yield "| work, one thread | asked, times as fast as | measured | met |"
    yield "| --- | --- | --- | :---: |"
    for name, outcome in _outcomes(record):
        bars = {peer: bar for peer, bar in outcome["bars"].items() if peer in outcome["ratios"]}
        if bars:
            asked = ", ".join(f"{bar:.2f} {peer}" for peer, bar in bars.items())
            measured = ", ".join(f"{outcome['ratios'][peer]:.2f}" for peer in bars)
            met = all(outcome["ratios"][peer] >= bar for peer, bar in bars.items())
            yield f"| {name} | {asked} | {measured} | {_yes_or_no(met=met)} |"


def _peers(record: Mapping[str, Any]) -> Iterator[str]:
    yield "| work, one thread | ours | peer | its time | times as fast |"
    yield "| --- | ---: | --- | ---: | ---: |"
    for name, outcome in _outcomes(record):
        ours = _time(outcome["seconds"][OURS])
        for peer, ratio in outcome["ratios"].items():
            yield f"| {name} | {ours} | {peer} | {_time(outcome['seconds'][peer])} | {ratio:.2f} |"


def _threads(record: Mapping[str, Any]) -> Iterator[str]:
    if not record.get("two_threads"):
        return
    yield ""
    yield "| work | one thread | two threads | times as fast | asked | met | the limit gains |"
    yield "| --- | ---: | ---: | ---: | ---: | :---: | --- |"
    for outcome in record["two_threads"]:
        one, two = (_time(seconds) for seconds in outcome["seconds"])
        limits = ", ".join(f"{name} {ratio:.2f}" for name, ratio in outcome["limits"].items())
        met = _yes_or_no(met=outcome["ratio"] >= _TWO_THREADS)
        measured = f"{one} | {two} | {outcome['ratio']:.2f}"
        yield f"| {outcome['name']} | {measured} | {_TWO_THREADS} | {met} | {limits} |"


def _yes_or_no(*, met: bool) -> str:
    return "yes" if met else "no"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("\N{MICRO SIGN}s", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
