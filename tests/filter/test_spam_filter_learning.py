"""Learning from one message at a time."""

from __future__ import annotations

import threading
import time

import pytest

from sigmail import SpamFilter

LESSON = "our quarterly newsletter brings you fresh gardening ideas"
UNRELATED = "zzz qqq 12345"


@pytest.mark.parametrize(("label", "sign"), [("spam", 1), ("ham", -1), (1, 1), (0, -1)])
def test_a_lesson_moves_its_message_to_its_label(any_filter, label, sign):
    before = any_filter.classify(LESSON).probability
    assert any_filter.learn(LESSON, label) is None
    after = any_filter.classify(LESSON).probability
    assert sign * (after - before) > 0.001


def test_an_unrelated_message_stays_nearly_where_it_was(neuron_filter):
    before, other = (neuron_filter.explain(message).logit for message in (LESSON, UNRELATED))
    neuron_filter.learn(LESSON, "spam")
    moved = neuron_filter.explain(LESSON).logit - before
    assert abs(neuron_filter.explain(UNRELATED).logit - other) < 0.1 * moved


def test_a_handful_of_lessons_turn_a_verdict(any_filter):
    probabilities = []
    for _ in range(30):
        any_filter.learn(LESSON, "spam")
        probabilities.append(any_filter.classify(LESSON).probability)
    assert probabilities == sorted(probabilities)
    assert probabilities[-1] > 0.9
    for _ in range(60):
        any_filter.learn(LESSON, "ham")
    assert any_filter.classify(LESSON).probability < 0.1


def test_what_is_judged_right_already_moves_little(neuron_filter):
    for _ in range(50):
        neuron_filter.learn(LESSON, "spam")
    before = neuron_filter.explain(LESSON).logit
    neuron_filter.learn(LESSON, "spam")
    sure = neuron_filter.explain(LESSON).logit - before
    neuron_filter.learn(LESSON, "ham")
    assert 0.0 < sure < 0.1 * (before - neuron_filter.explain(LESSON).logit)


def test_a_lesson_leaves_thresholds_facts_and_other_filters_alone(trained):
    one, other = (SpamFilter.from_bytes(trained["logistic"]) for _ in range(2))
    before = (one.thresholds, one.facts)
    one.learn(LESSON, "spam")
    assert (one.thresholds, one.facts) == before
    assert other.to_bytes() == trained["logistic"]


def test_a_message_without_words_teaches_nothing(any_filter):
    before = any_filter.classify_many([LESSON, UNRELATED])
    any_filter.learn("", "spam")
    any_filter.learn(b"", "spam")
    assert any_filter.classify_many([LESSON, UNRELATED]) == before


def test_a_refused_lesson_changes_nothing(neuron_filter):
    before = neuron_filter.to_bytes()
    for message, label in ((LESSON, "maybe"), (None, "spam")):
        with pytest.raises((ValueError, TypeError)):
            neuron_filter.learn(message, label)
    assert neuron_filter.to_bytes() == before


def test_many_threads_may_classify_while_one_learns(any_filter, make_messages):
    """Each answer is one of a whole model: its sum adds up, and its label follows its probability."""
    messages = make_messages(20, seed=3)[0]
    end = time.monotonic() + 1.0
    answers, faults = [], []

    def judge(number):
        try:
            while time.monotonic() < end:
                explanation = any_filter.explain(messages[number])
                total = explanation.bias + sum(reason.weight for reason in explanation.reasons)
                assert total == pytest.approx(explanation.logit, abs=1e-6)
                assert len(any_filter.classify_many(messages)) == len(messages)
                SpamFilter.from_bytes(any_filter.to_bytes())
                answers.append(any_filter.classify(LESSON).probability)
        except BaseException as fault:  # noqa: BLE001 (a thread's fault is the test's)
            faults.append(fault)

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    lessons = 0
    while time.monotonic() < end:
        any_filter.learn(LESSON, "spam")
        lessons += 1
    for thread in threads:
        thread.join()
    assert faults == []
    assert lessons > 1
    assert len(answers) >= 8
    assert max(answers) > 0.5
