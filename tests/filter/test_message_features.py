"""The features of a message as bytes, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail.errors import InvalidTypeError, InvalidValueError
from sigmail.filter import MessageFeatures, SpamFilter

RUNS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 2**24 - 1), min_size=1, max_size=30),
        st.floats(width=32, allow_nan=False),
    ),
    max_size=9,
)


@given(RUNS)
def test_what_becomes_bytes_comes_back_in_its_order(runs):
    slots = np.array([slot for chosen, _ in runs for slot in chosen], dtype=np.uint32)
    values = np.array([value for chosen, value in runs for _ in chosen], dtype=np.float32)
    data = MessageFeatures.of(slots, values).data
    found = MessageFeatures(data)
    assert MessageFeatures.of(found.slots, found.values) == found
    assert (found.slots.dtype, found.values.dtype) == (np.uint32, np.float32)
    np.testing.assert_array_equal(found.slots, slots)
    np.testing.assert_array_equal(found.values, values)
    assert len(data) <= 7 + 8 * len(runs) + 3 * len(slots)


def test_a_verdict_brings_the_bytes_that_its_features_give():
    features = SpamFilter.default().classify_with_features("cheap pills, buy now")[1]
    assert MessageFeatures.of(features.slots, features.values) == features
    bits = 8 * len(features.data) / len(features.slots)
    assert 18 <= bits < 40


@given(st.binary(max_size=64))
def test_other_bytes_are_refused_or_are_whole_features(data):
    try:
        slots = MessageFeatures(data).slots
    except InvalidValueError:
        return
    assert len(slots) == len(MessageFeatures(data).values)


def test_a_cut_off_end_is_refused():
    data = MessageFeatures.of(np.arange(9, dtype=np.uint32), np.ones(9, dtype=np.float32)).data
    for size in range(len(data)):
        with pytest.raises(InvalidValueError, match="damaged"):
            _ = MessageFeatures(data[:size]).slots


def test_slots_and_values_have_to_fit_each_other():
    with pytest.raises(InvalidValueError, match="2 values, got 1"):
        MessageFeatures.of(np.arange(2, dtype=np.uint32), np.ones(1, dtype=np.float32))
    with pytest.raises(InvalidTypeError, match="uint32 and float32, got int64 and float32"):
        MessageFeatures.of(np.arange(2, dtype=np.int64), np.ones(2, dtype=np.float32))
