"""The features of a message, in one pass with its verdict."""

import numpy as np
import pytest

from sigmail import SpamFilter, _core
from sigmail.errors import InvalidTypeError, InvalidValueError

MAIL = b"Subject: CHEAP viagra\nContent-Type: text/html\n\n<p>Win a <a href='http://casino.example'>prize</a>"
MESSAGES = [MAIL, "the meeting is tomorrow, thanks for the notes", "", b"", "viagra " * 5000]


@pytest.mark.parametrize("explain", [0, 3])
def test_the_verdict_is_that_of_classify(any_filter, explain):
    for message in MESSAGES:
        verdict, _ = any_filter.classify_with_features(message, explain=explain)
        assert verdict == any_filter.classify(message, explain=explain)


def test_the_features_are_those_that_training_sees(neuron_filter):
    key = bytes(range(16))
    specification = neuron_filter._model.specification
    bits = neuron_filter._model.shape[0][0]
    model = _core.Model.build(
        specification, key, [(np.zeros((bits, 1), np.float32), np.zeros(1, np.float32), "sigmoid")],
        (1.0, 0.0), (0.2, 0.9), "{}",
    )  # fmt: skip
    _, indices, values = _core.Vectorizer(specification, key).transform(MESSAGES)
    found = [SpamFilter(model).classify_with_features(message)[1] for message in MESSAGES]
    orders = [np.argsort(features.slots) for features in found]
    np.testing.assert_array_equal(
        np.concatenate([features.slots[order] for features, order in zip(found, orders, strict=True)]),
        indices,
    )
    np.testing.assert_array_equal(
        np.concatenate([features.values[order] for features, order in zip(found, orders, strict=True)]),
        values,
    )
    assert {(features.slots.dtype.name, features.values.dtype.name) for features in found} == {
        ("uint32", "float32")
    }


@pytest.mark.parametrize("explain", [0, 2])
def test_many_at_once_are_the_same_as_one_by_one(any_filter, explain):
    many = any_filter.classify_many_with_features(MESSAGES * 30, explain=explain)
    ones = [any_filter.classify_with_features(message, explain=explain) for message in MESSAGES] * 30
    assert [verdict for verdict, _ in many] == [verdict for verdict, _ in ones]
    for (_, found), (_, expected) in zip(many, ones, strict=True):
        np.testing.assert_array_equal(found.slots, expected.slots)
        np.testing.assert_array_equal(found.values, expected.values)


def test_the_features_stay_when_the_next_message_is_read(neuron_filter):
    _, first = neuron_filter.classify_with_features(MAIL)
    slots = first.slots.copy()
    neuron_filter.classify_with_features("something else entirely")
    np.testing.assert_array_equal(first.slots, slots)


def test_the_feature_space_stays_when_the_weights_change(neuron_filter):
    space = neuron_filter.feature_space
    assert len(space) == 64
    assert int(space, 16) > 0
    neuron_filter.learn(MAIL, "ham")
    assert neuron_filter.feature_space == space
    assert SpamFilter.from_bytes(neuron_filter.to_bytes()).feature_space == space
    assert SpamFilter.default().feature_space != space


def test_wrong_calls_are_refused_as_classify_refuses_them(neuron_filter):
    with pytest.raises(InvalidTypeError):
        neuron_filter.classify_with_features(7)
    with pytest.raises(InvalidValueError):
        neuron_filter.classify_with_features(MAIL, explain=-1)
