"""Many values observed at once leave the figures that they leave one by one."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from sigmail_service.metrics import observe_all

BOUNDS = (0.1, 0.5, 1.0)
# Multiples of an eighth: their sums do not hang on the order. Bounds are among them, and values beyond all.
VALUES = st.lists(st.integers(0, 16).map(lambda eighths: eighths / 8) | st.sampled_from([0.5, 1.0]))


def figures(observe):
    registry = CollectorRegistry()
    histogram = Histogram("seconds", "Of a test.", buckets=BOUNDS, registry=registry)
    observe(histogram)
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


@given(VALUES)
def test_at_once_is_one_by_one(values):
    def one_by_one(histogram):
        for value in values:
            histogram.observe(value)

    assert figures(lambda histogram: observe_all(histogram, values)) == figures(one_by_one)
