"""Lessons on top of a filter: what moves, what stays, and that the same lessons give the same bytes."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from sigmail import SpamFilter, _core
from sigmail.contradictions import doubt
from sigmail.errors import InvalidValueError
from sigmail.learning import (
    MOST_PASSES,
    TOLERANCE,
    Lesson,
    best_pull,
    distinct,
    fit_moves,
    improve,
    logits,
    moved_logits,
    with_trust,
)


def features_of(base, messages):
    vectorizer = _core.Vectorizer(base.core.specification, base.core.hash_key)
    starts, slots, values = vectorizer.transform(messages)
    return [
        (slots[start:end].astype(np.uint32), values[start:end]) for start, end in itertools.pairwise(starts)
    ]


def lessons_of(base, messages, labels):
    found = zip(features_of(base, messages), labels, strict=True)
    return [Lesson(slots, values, label == "spam") for (slots, values), label in found]


@pytest.fixture(scope="module")
def lessons(trained, make_messages):
    base = SpamFilter.from_bytes(trained["logistic"])
    return lessons_of(base, *make_messages(40, seed=7))


def test_without_lessons_the_base_is_given_back_byte_for_byte(neuron_filter, trained):
    assert improve(neuron_filter, []).to_bytes() == trained["logistic"]


def test_the_order_and_copies_of_lessons_change_no_byte(neuron_filter, lessons):
    once = improve(neuron_filter, lessons).to_bytes()
    assert improve(neuron_filter, [*reversed(lessons), *lessons[:5]]).to_bytes() == once
    shuffled = [Lesson(one.slots[::-1], one.values[::-1], one.is_spam) for one in lessons]
    assert {one.message_key() for one in shuffled} == {one.message_key() for one in lessons}


def test_a_lesson_that_is_taken_back_leaves_no_trace(neuron_filter, lessons):
    odd = lessons_of(neuron_filter, ["zanzibarquux meeting lunch patch"], ["spam"])
    without = improve(neuron_filter, lessons)
    assert improve(neuron_filter, [*lessons, *odd]).to_bytes() != without.to_bytes()
    assert improve(neuron_filter, lessons).to_bytes() == without.to_bytes()


def test_only_slots_that_a_lesson_holds_move(neuron_filter, lessons):
    before = neuron_filter.core.layers()[0][0][:, 0]
    after = improve(neuron_filter, lessons[:3]).core.layers()[0][0][:, 0]
    moved = set(np.flatnonzero(before != after))
    assert moved
    assert moved <= set(np.concatenate([one.slots for one in lessons[:3]]))


def test_calibration_thresholds_and_features_stay(neuron_filter, lessons):
    taught = improve(neuron_filter, lessons)
    assert taught.thresholds == neuron_filter.thresholds
    assert taught.core.calibration == neuron_filter.core.calibration
    assert taught.core.specification == neuron_filter.core.specification
    assert taught.core.hash_key == neuron_filter.core.hash_key
    assert taught.facts["base"] == neuron_filter.digest
    assert sum(taught.facts["lessons"].values()) == len(distinct(lessons))


NOTES = (
    "Could you send me the figures for {0} before Thursday? The board meets on the {1}th and wants them.",
    "Your parcel {1} was handed to the carrier this morning. You can follow it in your account.",
    "Hi, lunch on {0}? I have found a place behind the station, {1} minutes on foot.",
    "The build {1} is green again; the test of {0} waited for a port that was never opened. Patch attached.",
    "Minutes of the meeting on {0}: {1} items were closed, two go to the next one. Corrections are welcome.",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def test_twenty_corrections_turn_the_like_and_leave_the_others():
    starter = SpamFilter.default()
    like = [
        f"Dear colleague, the gazebo parasol in teak, order {number}, is still reserved under your name for "
        f"{DAYS[number % 6]}. Our garden centre in Lower Sidlington keeps it for {number} more days."
        for number in range(40)
    ]
    canary = [note.format(DAYS[number % 6], number) for note in NOTES for number in range(12)]
    wrong, right = ("ham", "spam") if starter.classify(like[0]).label == "spam" else ("spam", "ham")
    taught = improve(starter, lessons_of(starter, like[:20], [wrong] * 20))
    assert right != wrong
    assert {one.label for one in taught.classify_many(like[20:])} == {wrong}
    assert [one.label for one in taught.classify_many(canary)] == [
        one.label for one in starter.classify_many(canary)
    ]


NEW_WORDS = {
    "spam": ["mortgage", "refinance", "lender", "approval", "broker", "voucher"],
    "ham": ["pipeline", "nomination", "trader", "counterparty", "desk", "invoice"],
}
USUAL_WORDS = ["the", "and", "you", "with", "this", "that", "from", "have", "will", "about"]


def messages_of_a_new_mailbox(count, seed):
    """Draw `count` messages, spam and ham by turns, of words that the base has not seen; and their labels."""
    draw = random.Random(seed)  # noqa: S311 (test data)
    labels = ["spam", "ham"] * (count // 2)
    texts = [" ".join(draw.sample(NEW_WORDS[one], 3) + draw.sample(USUAL_WORDS, 4)) for one in labels]
    return texts, labels


def errors_of(spam_filter, messages, labels):
    is_spam = np.array([label == "spam" for label in labels])
    return int(np.sum((spam_filter.probabilities(messages) >= 0.5) != is_spam))


@pytest.mark.parametrize("count", [20, 40])
def test_lessons_of_a_new_mailbox_help_there_and_cost_nothing_of_what_the_base_knew(
    neuron_filter, make_messages, count
):
    known, mailbox = make_messages(300, seed=11), messages_of_a_new_mailbox(200, seed=1)
    taught = improve(neuron_filter, lessons_of(neuron_filter, *messages_of_a_new_mailbox(count, seed=2)))
    assert errors_of(taught, *mailbox) < errors_of(neuron_filter, *mailbox) / 2
    assert errors_of(taught, *known) <= errors_of(neuron_filter, *known)
    ham = [message for message, label in zip(*known, strict=True) if label == "ham"]
    called = [
        sum(one.label == "spam" for one in judge.classify_many(ham)) for judge in (neuron_filter, taught)
    ]
    assert called[1] <= called[0]


@pytest.mark.parametrize("trust", [0.25, 0.9])
def test_less_trust_is_the_same_opinion_with_less_certainty(any_filter, make_messages, trust):
    messages, _ = make_messages(40, seed=5)
    before = any_filter.probabilities(messages).astype(np.float64)
    after = with_trust(any_filter, trust).probabilities(messages)
    np.testing.assert_allclose(after, _core.sigmoid(trust * np.log(before / (1.0 - before))), atol=1e-5)


def test_full_trust_gives_the_base_back_and_less_lets_lessons_weigh_more(neuron_filter, make_messages):
    assert with_trust(neuron_filter, 1.0) is neuron_filter
    messages, labels = make_messages(60, seed=3)
    swapped = [{"spam": "ham", "ham": "spam"}[label] for label in labels]
    lessons = lessons_of(neuron_filter, messages[:30], swapped[:30])
    by_trust = [improve(with_trust(neuron_filter, trust), lessons) for trust in (1.0, 0.3, 0.1)]
    errors = [errors_of(taught, messages[30:], swapped[30:]) for taught in by_trust]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0]


@pytest.mark.parametrize("trust", [0.0, -0.5, 1.5, float("nan"), float("inf")])
def test_a_trust_that_is_none_is_refused(neuron_filter, trust):
    with pytest.raises(InvalidValueError, match="trust"):
        with_trust(neuron_filter, trust)


def test_the_logits_are_those_of_the_filter(neuron_filter, make_messages):
    messages, labels = make_messages(30, seed=5)
    lessons = lessons_of(neuron_filter, messages, labels)
    moves = fit_moves(neuron_filter, distinct(lessons))
    for spam_filter, found in (
        (neuron_filter, logits(neuron_filter, lessons)),
        (improve(neuron_filter, lessons), moved_logits(neuron_filter, moves, lessons)),
    ):
        expected = spam_filter.probabilities(messages)
        np.testing.assert_allclose(_core.sigmoid(found), expected, atol=1e-5)


def test_the_moves_are_the_least_of_loss_and_distance(neuron_filter, lessons):
    """The gradient of half the squared distance is minus the gradient of the lessons' losses."""
    chosen, strength = distinct(lessons), 3.0
    moves, slope = fit_moves(neuron_filter, distinct(lessons), strength=strength), 1.0
    slope = neuron_filter.core.calibration[0]
    after = moved_logits(neuron_filter, moves, chosen)
    gradient = np.zeros(neuron_filter.core.shape[0][0])
    for lesson, logit in zip(chosen, after, strict=True):
        error = 1.0 / (1.0 + np.exp(-logit)) - float(lesson.is_spam)
        gradient[lesson.slots] += strength * error * lesson.values
    distance = np.zeros_like(gradient)
    distance[moves.slots] = moves.amounts * slope
    np.testing.assert_allclose(distance, -gradient, atol=2e-2)


def slow_moves(base, lessons, strength):
    """The twin of what the core does: the same steps in the same order, on a table of all slots."""
    slope, before = base.core.calibration[0], logits(base, lessons)
    table, pulls = np.zeros(base.core.shape[0][0]), [0.0] * len(lessons)
    for _ in range(MOST_PASSES):
        largest = 0.0
        for row, lesson in enumerate(lessons):
            values = lesson.values.astype(np.float64)
            stiffness, sign = float(values @ values), 1.0 if lesson.is_spam else -1.0
            if stiffness == 0.0:
                continue
            margin = sign * (before[row] + float(table[lesson.slots] @ values))
            pull = best_pull(margin - pulls[row] * stiffness, stiffness, strength, pulls[row])
            table[lesson.slots] += sign * (pull - pulls[row]) * values
            largest = max(largest, abs(pull - pulls[row]) * stiffness)
            pulls[row] = pull
        if largest < TOLERANCE:
            break
    return table / slope


@pytest.mark.parametrize("strength", [0.5, 30.0, 300.0])
@pytest.mark.parametrize("count", [0, 1, 7, 60])
def test_the_core_moves_as_its_slow_twin(neuron_filter, make_messages, strength, count):
    messages, labels = make_messages(60, seed=13)
    some = [*messages[: count - 1], ""] if count else []
    chosen = distinct(lessons_of(neuron_filter, some, labels[:count]))
    moves = fit_moves(neuron_filter, chosen, strength=strength)
    table = np.zeros(neuron_filter.core.shape[0][0])
    table[moves.slots] = moves.amounts
    np.testing.assert_allclose(table, slow_moves(neuron_filter, chosen, strength), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan"), float("inf")])
def test_a_strength_that_is_none_is_refused(neuron_filter, lessons, strength):
    with pytest.raises(InvalidValueError, match="strength"):
        improve(neuron_filter, lessons, strength=strength)


def test_a_network_and_a_foreign_lesson_are_refused(neuron_filter, trained, lessons):
    with pytest.raises(InvalidValueError, match="network of 2 layers"):
        improve(SpamFilter.from_bytes(trained["network"]), lessons)
    foreign = Lesson(np.array([1 << 20], np.uint32), np.ones(1, np.float32), is_spam=True)
    with pytest.raises(InvalidValueError, match="another feature space"):
        improve(neuron_filter, [foreign])


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1])
def test_wrong_labels_are_noticed_and_right_ones_are_not(neuron_filter, make_messages, share):
    for seed in range(5):
        messages, labels = make_messages(300, seed=100 + seed)
        wrong = set(np.random.default_rng(seed).choice(300, round(share * 300), replace=False).tolist())
        given = [
            {"spam": "ham", "ham": "spam"}[label] if row in wrong else label
            for row, label in enumerate(labels)
        ]
        found = doubt(neuron_filter, lessons_of(neuron_filter, messages, given))
        assert found.too_much == (share > 0.0), (found.wrong_labels, found.allowed)


def test_no_lessons_are_no_doubt(neuron_filter):
    assert not doubt(neuron_filter, []).too_much
