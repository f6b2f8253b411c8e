"""How the number of users changes over a run, by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from locust import LoadTestShape
from locust.util.timespan import parse_timespan

__all__ = ["SHAPES", "NamedShape"]

_USUAL_SECONDS = 60
_RAMP_STEPS = 10
# A spike lasts from two fifths of the run to three fifths, and has five times the users.
_SPIKE_FROM, _SPIKE_TO = 0.4, 0.6
_SPIKE_TIMES = 5


def steady(users: int, _share: float) -> int:
    """Return the same number throughout."""
    return users


def ramp(users: int, share: float) -> int:
    """Return a tenth more of the users in each tenth of the run: where answers begin to wait is the knee."""
    return max(1, users * min(_RAMP_STEPS, int(share * _RAMP_STEPS) + 1) // _RAMP_STEPS)


def spike(users: int, share: float) -> int:
    """Return five times the users for a while in the middle."""
    return users * _SPIKE_TIMES if _SPIKE_FROM <= share < _SPIKE_TO else users


SHAPES: dict[str, Callable[[int, float], int]] = {
    "steady": steady,
    "ramp": ramp,
    "spike": spike,
    "soak": steady,
}
"""Users and share of the run that is over, to users; `soak` is steady, and bounded by requests as well."""


class NamedShape(LoadTestShape):
    """Follows the shape that the option `--shape` names, and ends the run at its time or its requests."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """Return the users of this moment and how many to start a second, or None at the end."""
        runner: Any = self.runner
        options = runner.environment.parsed_options
        seconds = parse_timespan(str(options.run_time or _USUAL_SECONDS))
        share = (time.perf_counter() - self._begun) / seconds
        done = runner.stats.total.num_requests
        if share >= 1.0 or (options.requests and done >= options.requests):
            return None
        users = SHAPES[options.shape](options.num_users or 1, share)
        return users, float(max(1, users))

    def reset_time(self) -> None:
        """Begin to count the time of a run."""
        super().reset_time()  # type: ignore[no-untyped-call]
        self._begun = time.perf_counter()
