"""Names for messages by their features."""

import hashlib

import hypothesis.strategies as st
import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import arrays

from sigmail.filter import MessageFeatures, SpamFilter
from sigmail_service.storage.fingerprints import fingerprint, likeness


def test_one_message_has_one_name_in_each_feature_space():
    spam_filter = SpamFilter.default()
    packed = [
        spam_filter.classify_with_features(text)[1].data for text in ("one two", "one two", "one three")
    ]
    first, second, other = (fingerprint(spam_filter.feature_space, data) for data in packed)
    assert first == second != other
    assert fingerprint("another", packed[0]) != first
    assert len(first) == 32


def test_messages_that_differ_in_a_word_are_mostly_alike_and_others_never():
    spam_filter = SpamFilter.default()
    words = [f"{word}{number}" for number in range(60) for word in ("pill", "casino", "prize")]

    def likeness_of(text):
        return likeness(spam_filter.classify_with_features(text)[1].data)

    base = likeness_of(" ".join(words))
    near = [likeness_of(" ".join([*words[:at], "other", *words[at + 1 :]])) for at in range(0, 180, 5)]
    far = [likeness_of(" ".join(f"term{at}x{number}" for number in range(180))) for at in range(36)]
    assert sum(value == base for value in near) > 24
    assert base not in far
    assert 0 <= base < 2**63


def test_a_message_without_features_is_like_none():
    assert likeness(MessageFeatures.of(np.empty(0, np.uint32), np.empty(0, np.float32)).data) == 0


@given(arrays(np.uint32, st.integers(1, 60)))
def test_the_number_of_likeness_is_what_its_formula_says(slots):
    features = MessageFeatures.of(slots, np.ones(len(slots), np.float32))
    mixed = slots[:, None] * np.array([0x9E3779B1, 0x243F6A89, 0xB7E15163], dtype=np.uint32)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    assert features.min_hash == mixed.min(axis=0).tobytes()
    digest = hashlib.blake2b(features.min_hash, digest_size=8).digest()
    assert likeness(features.data) == int.from_bytes(digest, "little") >> 1
