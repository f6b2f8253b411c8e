"""The neuron that learns a stream message by message."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sigmail.errors import InvalidValueError
from sigmail.evaluation import learn_on_line, one_minus_auc_percent
from sigmail.online import SMOOTHING, STEPS, OnlineNeuron
from sigmail.training import new_filter


def taught(messages, labels, recipe):
    neuron = OnlineNeuron(recipe=recipe, seed=1)
    for message, label in zip(messages, labels, strict=True):
        neuron.learn(message, label)
    return neuron


def test_it_knows_nothing_before_the_first_lesson(small_recipe):
    neuron = OnlineNeuron(recipe=small_recipe, seed=1)
    np.testing.assert_array_equal(neuron.probabilities(["cheap viagra", b"Subject: hi\n\nlunch?"]), 0.5)
    assert neuron.thresholds[0] < 0.5 < neuron.thresholds[1]


def test_one_lesson_teaches_its_message(small_recipe):
    neuron = taught(["cheap viagra now", "lunch on friday"], ["spam", "ham"], small_recipe)
    spam, ham = neuron.probabilities(["cheap viagra now", "lunch on friday"])
    assert ham < 0.2
    assert spam > 0.8


def test_it_is_the_mean_of_neurons_with_adaptive_steps_written_out(make_messages, small_recipe):
    """A neuron after the other, a weight at a time."""
    messages, labels = make_messages(30)
    rows = small_recipe.vectorizer(1).fit_transform(messages).astype(np.float64).toarray()
    probabilities = np.zeros(len(messages))
    for rate, power in STEPS:
        weights, squares = [0.0] * rows.shape[1], [SMOOTHING**2] * rows.shape[1]
        for row, label in zip(rows, labels, strict=True):
            logit = sum(weight * value for weight, value in zip(weights, row, strict=True))
            error = 1.0 / (1.0 + math.exp(-logit)) - (label == "spam")
            for slot in np.flatnonzero(row):
                gradient = error * row[slot]
                squares[slot] += gradient**2
                weights[slot] -= rate * gradient / squares[slot] ** power
        probabilities += 1.0 / (1.0 + np.exp(-(rows @ weights))) / len(STEPS)
    found = taught(messages, labels, small_recipe).probabilities(messages)
    np.testing.assert_allclose(found, probabilities, atol=1e-5)


def test_it_follows_at_once_when_one_kind_ends_and_the_other_begins(make_messages, small_recipe):
    messages, labels = make_messages(200)
    order = np.argsort([label == "spam" for label in labels], kind="stable")
    scored = learn_on_line(
        OnlineNeuron(recipe=small_recipe, seed=1), [(messages[row], labels[row]) for row in order]
    )
    spam = np.flatnonzero(scored.labels)
    assert (scored.scores[spam[10:]] > scored.scores[: spam[0]].max()).all()


def test_on_a_stream_it_is_better_than_single_steps(make_messages, small_recipe):
    stream = list(zip(*make_messages(200), strict=True))
    learners = OnlineNeuron(recipe=small_recipe, seed=1), new_filter(recipe=small_recipe, seed=1)
    found = [learn_on_line(learner, stream) for learner in learners]
    ours, single = (one_minus_auc_percent(scored.labels, scored.scores) for scored in found)
    assert ours <= single


def test_a_seed_gives_the_same_neuron_and_it_becomes_a_filter(make_messages, small_recipe):
    messages, labels = make_messages(40)
    first, second = (taught(messages, labels, small_recipe) for _ in range(2))
    made = first.filter()
    assert made.to_bytes() == second.filter().to_bytes()
    agreed = (made.probabilities(messages) >= 0.5) == (first.probabilities(messages) >= 0.5)
    assert agreed.all()


def test_a_message_of_no_words_teaches_nothing_and_a_wrong_label_is_refused(small_recipe):
    neuron = taught(["", b""], ["spam", "ham"], small_recipe)
    assert neuron.probabilities([""])[0] == 0.5
    with pytest.raises(InvalidValueError, match="junk"):
        neuron.learn("hello", "junk")
