"""The instruments of the service, for Prometheus, right across worker processes.

`prometheus_client` decides at import whether several processes share the figures: `PROMETHEUS_MULTIPROC_DIR`
has to be set before this module is imported, which `sigmail serve` does.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

__all__ = [
    "DIRECTORY_VARIABLE",
    "FEEDBACK",
    "HISTORY_LOST",
    "MODEL",
    "MODEL_REFUSED",
    "MODEL_SWAPS",
    "PROBABILITY",
    "REJECTED",
    "REQUESTS",
    "SECONDS",
    "TRUNCATED",
    "VERDICTS",
    "exposition",
    "observe_all",
]

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_PROBABILITIES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)

REQUESTS = Counter("sigmail_requests", "Requests answered.", ["route", "method", "status"])
SECONDS = Histogram(
    "sigmail_request_seconds", "Seconds from the whole request to its answer.", ["route"], buckets=_SECONDS
)
VERDICTS = Counter("sigmail_verdicts", "Verdicts given.", ["label"])
PROBABILITY = Histogram(
    "sigmail_probability", "Probabilities of spam that were given; drift shows here.", buckets=_PROBABILITIES
)
TRUNCATED = Counter("sigmail_truncated", "Messages read in part only, for their size or depth.")
REJECTED = Counter("sigmail_rejected", "Requests refused, by the name of the problem.", ["reason"])
FEEDBACK = Counter(
    "sigmail_feedback", "Feedback taken, by its label and by whether it counts.", ["label", "counted"]
)
HISTORY_LOST = Counter(
    "sigmail_history_lost", "Verdicts that the history has not, since the database did not keep up."
)
MODEL = Gauge(
    "sigmail_model",
    "1 for the model and the build that serve.",
    ["model", "version", "simd"],
    multiprocess_mode="max",
)

MODEL_SWAPS = Counter("sigmail_model_swaps", "Times that a worker put a model in the place of another.")
MODEL_REFUSED = Counter(
    "sigmail_model_refused", "Times that a worker kept its model, since the one it was told of may not judge."
)


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """Observe many values at once: each figure is written once, and not once a value.

    `prometheus_client` has no such call; what is used of it here is held to its own by a test.
    """
    if len(values) == 1:
        histogram.observe(values[0])
        return
    bounds = histogram._upper_bounds  # noqa: SLF001
    for place, count in Tally(bisect_left(bounds, value) for value in values).items():
        histogram._buckets[place].inc(count)  # noqa: SLF001
    if values:
        histogram._sum.inc(sum(values))  # noqa: SLF001


def exposition() -> bytes:
    """Return the figures of all workers in Prometheus' text format."""
    if DIRECTORY_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
