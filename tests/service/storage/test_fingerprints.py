"""Names for messages by their features."""

import numpy as np

from sigmail.filter import SpamFilter
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
        return likeness(spam_filter.classify_with_features(text)[1].slots)

    base = likeness_of(" ".join(words))
    near = [likeness_of(" ".join([*words[:at], "other", *words[at + 1 :]])) for at in range(0, 180, 5)]
    far = [likeness_of(" ".join(f"term{at}x{number}" for number in range(180))) for at in range(36)]
    assert sum(value == base for value in near) > 24
    assert base not in far
    assert 0 <= base < 2**63
    assert likeness(np.empty(0, dtype=np.uint32)) == 0
