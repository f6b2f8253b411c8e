"""The neuron that learns a stream message by message."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigmail.errors import InvalidValueError
from sigmail.evaluation import learn_on_line, one_minus_auc_percent
from sigmail.logistic import LogisticClassifier
from sigmail.online import OnlineNeuron
from sigmail.training import new_filter


def taught(messages, labels, recipe, rounds=1):
    neuron = OnlineNeuron(recipe=recipe, seed=1)
    for _ in range(rounds):
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


def test_long_enough_it_comes_to_the_optimum_of_the_batch(make_messages, small_recipe):
    messages, labels = make_messages(30)
    recipe = replace(small_recipe, C=20.0)
    neuron = taught(messages, labels, recipe, rounds=60)
    rows = recipe.vectorizer(1).fit_transform(messages * 60)
    exact = LogisticClassifier(C=20.0, fit_intercept=False, tol=1e-8, max_iter=3000)
    exact.fit(rows.astype(np.float64), labels * 60)
    expected = exact.predict_proba(rows[: len(messages)])[:, list(exact.classes_).index("spam")]
    np.testing.assert_allclose(neuron.probabilities(messages), expected, atol=0.02)


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
    np.testing.assert_allclose(made.probabilities(messages), first.probabilities(messages), atol=1e-5)


def test_a_message_of_no_words_teaches_nothing_and_a_wrong_label_is_refused(small_recipe):
    neuron = taught(["", b""], ["spam", "ham"], small_recipe)
    assert neuron.probabilities([""])[0] == 0.5
    with pytest.raises(InvalidValueError, match="junk"):
        neuron.learn("hello", "junk")
