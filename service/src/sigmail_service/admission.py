"""Decides whether a request may wait for its turn, or is refused at once because a queue stands before it.

A burst may fill the whole queue, for it is soon worked off. When the queue is long for a while, that is
another thing: more comes in than goes out, and all answers would be late by the same time. From then on only
a few may wait, so that those who are taken are answered nearly as quickly as on an idle server, until nobody
has been refused for a while. This follows CoDel (Nichols and Jacobson, 2012), which refuses when a queue has
stood for an interval; but the queue is counted and not timed, for a busy machine makes all times longer, and
its mean is taken and not its least, for requests come off the network in batches, and the first of a batch
finds nobody.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from sigmail_service.problems import overloaded

__all__ = ["Admission"]

_INTERVAL_SECONDS = 0.1
# So many one after another make the queue a standing one.
_LONG_INTERVALS = 2
# Enough for any limit, and no large number after a long rest.
_DOUBLINGS_AT_MOST = 16


class Admission:
    """The places of a queue; for one event loop alone.

    Parameters
    ----------
    most
        Places in calm times, for bursts.
    few
        Places while a queue stands, at most `most`.
    clock
        Gives seconds that never run back.
    """

    def __init__(self, most: int, few: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._few = min(few, most)
        self._clock = clock
        self._limit = most
        self._waiting = 0
        self._long_intervals = 0
        self._begin_interval(clock())

    @contextlib.contextmanager
    def place(self, *, always: bool = False) -> Iterator[None]:
        """Hold a place while a request waits and is served.

        Raises
        ------
        Problem
            If there is no place, and the request is not one that is `always` taken.
        """
        self.enter(always=always)
        try:
            yield
        finally:
            self.leave()

    def enter(self, *, always: bool = False) -> None:
        """Take a place, as `place` does, until `leave` gives it back."""
        if not always:
            self.check()
        self._taken += 1
        self._found += self._waiting
        self._waiting += 1

    def leave(self) -> None:
        """Give a place back."""
        self._waiting -= 1

    def check(self) -> None:
        """Raise `Problem` if there is no place."""
        self._judge_interval()
        if self._waiting >= self._limit:
            self._refused = True
            raise overloaded(f"{self._waiting} requests wait already.")

    def _judge_interval(self) -> None:
        """At the end of an interval, see whether the queue was long in it, and set the limit."""
        now = self._clock()
        passed = int((now - self._begun) / _INTERVAL_SECONDS)
        if not passed:
            return
        long = self._found > self._few / 2 * self._taken
        self._long_intervals = self._long_intervals + 1 if long and passed == 1 else 0
        if self._long_intervals >= _LONG_INTERVALS:
            self._limit = self._few
        else:
            calm = passed - self._refused
            self._limit = min(self._most, self._limit * 2 ** min(calm, _DOUBLINGS_AT_MOST))
        self._begin_interval(now)

    def _begin_interval(self, now: float) -> None:
        self._begun = now
        self._taken = 0  # Requests that got a place,
        self._found = 0  # and how many others they found waiting, all together.
        self._refused = False
