"""What a second thread brings: two processes, one with one thread and one with two, in turn."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable
from typing import Any

from sigmail.benchmark.process import command, environment
from sigmail.benchmark.race import OURS

__all__ = ["LONG", "scale"]

LONG = 1e-3
"""Seconds on one thread from which on a kernel is asked to gain by a second one."""

_LEAST_ROUNDS = 7


class Sampler:
    """A process with a number of threads that times a case whenever it is asked to."""

    def __init__(self, threads: int, wanted: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - ourselves.
            command("sample", wanted),
            env=environment(threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def read(self) -> dict[str, Any] | None:
        """Return the next line that the process wrote; None after the last."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        return json.loads(line) if line else None

    def order(self, what: str) -> None:
        """Ask for a sample, or for the next case."""
        if self._process.stdin:
            self._process.stdin.write(what + "\n")
            self._process.stdin.flush()

    def sample(self) -> dict[str, float]:
        """Return the seconds of ours and of the limits."""
        self.order("sample")
        return self.read() or {}


def scale(seconds: float, wanted: str, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return, for each case that is long enough, how many times as fast two threads are as one.

    The two take turns; a ratio is the median over the rounds. The limits of the machine stand beside ours:
    what is bound by memory gains no more than a copy does.
    """
    found = []
    with Sampler(1, wanted) as one, Sampler(2, wanted) as two:
        while (case := one.read()) and two.read():
            progress(f"{case['name']} (one thread and two in turn)")
            if one.sample()[OURS] > LONG:
                two.sample()
                found.append({"name": case["name"], **_take_turns(one, two, seconds)})
            one.order("next")
            two.order("next")
    return found


def _take_turns(one: Sampler, two: Sampler, seconds: float) -> dict[str, Any]:
    rounds: list[tuple[dict[str, float], dict[str, float]]] = []
    end = time.perf_counter() + seconds
    while len(rounds) < _LEAST_ROUNDS or time.perf_counter() < end:
        rounds.append((one.sample(), two.sample()))
    names = rounds[0][0]
    ratios = {
        name: statistics.median(single[name] / double[name] for single, double in rounds) for name in names
    }
    return {
        "seconds": [statistics.median(pair[which][OURS] for pair in rounds) for which in (0, 1)],
        "ratio": ratios.pop(OURS),
        "limits": ratios,
        "rounds": len(rounds),
    }
