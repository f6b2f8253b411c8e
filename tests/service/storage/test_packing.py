"""Features as bytes, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail.errors import InvalidValueError
from sigmail.filter import MessageFeatures, SpamFilter
from sigmail_service.storage.packing import fingerprint, likeness, pack, unpack

RUNS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 2**24 - 1), min_size=1, max_size=30),
        st.floats(width=32, allow_nan=False),
    ),
    max_size=9,
)


@given(RUNS)
def test_what_is_packed_comes_back_in_its_order(runs):
    slots = np.array([slot for chosen, _ in runs for slot in chosen], dtype=np.uint32)
    values = np.array([value for chosen, value in runs for _ in chosen], dtype=np.float32)
    packed = pack(MessageFeatures(slots, values))
    found = unpack(packed)
    assert (found.slots.dtype, found.values.dtype) == (np.uint32, np.float32)
    np.testing.assert_array_equal(found.slots, slots)
    np.testing.assert_array_equal(found.values, values)
    assert len(packed) <= 5 + 8 * len(runs) + 3 * len(slots)


@given(st.binary(max_size=64))
def test_other_bytes_are_refused_or_are_whole_features(data):
    try:
        found = unpack(data)
    except InvalidValueError:
        return
    assert len(found.slots) == len(found.values)


def test_a_cut_off_end_is_refused():
    packed = pack(MessageFeatures(np.arange(9, dtype=np.uint32), np.ones(9, dtype=np.float32)))
    for size in range(len(packed)):
        with pytest.raises(InvalidValueError, match="damaged"):
            unpack(packed[:size])


def test_one_message_has_one_name_in_each_feature_space():
    spam_filter = SpamFilter.default()
    packed = [
        pack(spam_filter.classify_with_features(text)[1]) for text in ("one two", "one two", "one three")
    ]
    first, second, other = (fingerprint(spam_filter.feature_space, data) for data in packed)
    assert first == second != other
    assert fingerprint("another", packed[0]) != first
    assert len(first) == 32


def test_messages_that_differ_in_a_word_are_mostly_alike_and_others_never():
    spam_filter = SpamFilter.default()
    words = [f"{word}{number}" for number in range(60) for word in ("pill", "casino", "prize")]

    def likeness_of(text):
        return likeness(spam_filter.classify_with_features(text)[1].slots)

    base = likeness_of(" ".join(words))
    near = [likeness_of(" ".join([*words[:at], "other", *words[at + 1 :]])) for at in range(0, 180, 5)]
    far = [likeness_of(" ".join(f"term{at}x{number}" for number in range(180))) for at in range(36)]
    assert sum(value == base for value in near) > 24
    assert base not in far
    assert 0 <= base < 2**63
    assert likeness(np.empty(0, dtype=np.uint32)) == 0
