"""Timing contestants in turn, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sigmail.errors import InvalidValueError

__all__ = ["OURS", "Case", "Outcome", "race"]

OURS = "sigmail"
"""The name under which our own kernel runs in each case."""

Contestant = Callable[..., Any]

_LEAST_ROUNDS, _MOST_ROUNDS = 7, 301
_SHORTEST_SAMPLE = 2e-4


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of work, and who does it.

    ``contestants`` return their answers, which must agree with ours within ``tolerance`` (absolute); limits
    of the machine, which answer nothing, are named in ``limits``. ``bars`` holds, for a contestant or a
    limit, how many times as fast as it our kernel is asked to be. With an ``argument``, the contestants are
    called with it: no function of ours then stands between the clock and theirs.
    """

    name: str
    contestants: Mapping[str, Contestant]
    bars: Mapping[str, float]
    limits: tuple[str, ...] = ()
    tolerance: float = 1e-5
    argument: Any = None

    def call(self, name: str) -> Any:
        """Return the answer of one contestant."""
        contestant = self.contestants[name]
        return contestant() if self.argument is None else contestant(self.argument)

    def sample(self, name: str, repeats: int) -> float:
        """Return the seconds of one call, averaged over the repeats."""
        contestant, argument = self.contestants[name], self.argument
        start = time.perf_counter()
        if argument is None:
            for _ in range(repeats):
                contestant()
        else:
            for _ in range(repeats):
                contestant(argument)
        return (time.perf_counter() - start) / repeats


@dataclass(frozen=True, slots=True)
class Outcome:
    """The seconds of each contestant, and how many times as fast as it ours was, round by round."""

    name: str
    seconds: dict[str, float]
    ratios: dict[str, float]
    bars: dict[str, float]
    rounds: int


def race(case: Case, seconds: float) -> Outcome:
    """Check the answers, then time all contestants in turn for about so many seconds.

    A sample is one call, or as many as take a fifth of a millisecond. The time of a contestant is the
    median of its samples; its ratio the median over the rounds of its sample by ours in the same round.
    """
    _check_answers(case)
    repeats = {name: _repeats(case, name) for name in case.contestants}
    samples: dict[str, list[float]] = {name: [] for name in case.contestants}
    names = list(case.contestants)
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < _LEAST_ROUNDS or (time.perf_counter() < end and rounds < _MOST_ROUNDS):
        # Who goes first changes: the one behind finds the caches as the one before left them.
        for name in names[rounds % len(names) :] + names[: rounds % len(names)]:
            samples[name].append(case.sample(name, repeats[name]))
        rounds += 1
    ours = samples[OURS]
    return Outcome(
        name=case.name,
        seconds={name: statistics.median(times) for name, times in samples.items()},
        ratios={
            name: statistics.median(theirs / mine for theirs, mine in zip(times, ours, strict=True))
            for name, times in samples.items()
            if name != OURS
        },
        bars=dict(case.bars),
        rounds=rounds,
    )


def _check_answers(case: Case) -> None:
    """Call each contestant once, and compare its answer with ours."""
    ours = np.array(case.call(OURS), dtype=np.float64)
    for name in case.contestants:
        answer = case.call(name)
        if name == OURS or name in case.limits:
            continue
        distance = float(
            np.max(np.abs(np.asarray(answer, dtype=np.float64).reshape(ours.shape) - ours), initial=0.0)
        )
        if not distance <= case.tolerance:
            raise InvalidValueError(
                f"{case.name}: expected answers within {case.tolerance:g} of one another, "
                f"got {name} {distance:g} away from {OURS}"
            )


def _repeats(case: Case, name: str) -> int:
    """Return how many calls make a sample that the clock can resolve."""
    once = min(case.sample(name, 1) for _ in range(3))
    return max(1, round(_SHORTEST_SAMPLE / max(once, 1e-9)))
