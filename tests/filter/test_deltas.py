"""A filter that is another one with moves: the same as a file of its own, and small."""

from __future__ import annotations

import numpy as np
import pytest
from tests.filter.test_learning import lessons_of

from sigmail import ModelFileError, SpamFilter
from sigmail.errors import InvalidTypeError, InvalidValueError
from sigmail.filter import base_of
from sigmail.learning import Moves, improve, logits, small, with_spam_from


@pytest.fixture(scope="module")
def base(trained):
    return SpamFilter.from_bytes(trained["logistic"])


@pytest.fixture(scope="module")
def lessons(base, make_messages):
    return lessons_of(base, *make_messages(40, seed=7))


@pytest.fixture(scope="module")
def moved(base, lessons):
    return improve(base, lessons, shares_table=True)


def test_it_judges_as_the_file_of_its_own_would(base, moved, make_messages):
    messages, _ = make_messages(60, seed=9)
    own = SpamFilter.from_bytes(moved.to_bytes())
    assert (own.digest, own.base, moved.base) == (moved.digest, None, base.digest)
    assert own.facts == moved.facts
    assert np.abs(own.probabilities(messages) - moved.probabilities(messages)).max() < 1e-6
    assert np.abs(base.probabilities(messages) - moved.probabilities(messages)).max() > 0.01
    for one, other in zip(own.explain(messages[0]).reasons, moved.explain(messages[0]).reasons, strict=True):
        assert (one.token, one.field) == (other.token, other.field)
        assert one.weight == pytest.approx(other.weight, abs=1e-9)


def test_rounding_moves_no_lesson_by_much(base, moved, lessons):
    exact = improve(base, lessons)
    assert moved.digest != exact.digest
    assert np.abs(logits(moved, lessons) - logits(exact, lessons)).max() < 1e-3


def test_it_survives_its_file_which_needs_its_base(base, moved, lessons):
    data = moved.to_delta()
    again = SpamFilter.from_delta(data, base)
    assert (again.digest, again.to_bytes()) == (moved.digest, moved.to_bytes())
    assert (base_of(data), base_of(base.to_bytes()), base_of(b"")) == (base.digest, None, None)
    assert len(data) < 3.2 * len(np.unique(np.concatenate([one.slots for one in lessons]))) + 2000
    with pytest.raises(ModelFileError, match="its base is"):
        SpamFilter.from_delta(data, improve(base, lessons[:3]))
    with pytest.raises(ModelFileError):
        SpamFilter.from_bytes(data)
    with pytest.raises(ModelFileError):
        SpamFilter.from_delta(base.to_bytes(), base)
    with pytest.raises(InvalidTypeError):
        SpamFilter.from_delta(bytearray(data), base)
    with pytest.raises(InvalidValueError, match="whole"):
        base.to_delta()


def test_its_thresholds_are_its_own(base, moved):
    other = with_spam_from(moved, 0.99)
    assert (other.base, other.thresholds[1], moved.thresholds) == (base.digest, 0.99, base.thresholds)
    assert SpamFilter.from_delta(other.to_delta(), base).thresholds == other.thresholds
    assert with_spam_from(moved, moved.thresholds[1]) is moved


def test_a_lesson_on_line_makes_it_whole(base, lessons):
    taught = improve(base, lessons[:5], shares_table=True)
    own = SpamFilter.from_bytes(taught.to_bytes())
    for one in (taught, own):
        one.learn("meeting lunch casino", "spam")
    assert (taught.base, taught.to_bytes()) == (None, own.to_bytes())


def test_the_same_lessons_give_the_same_bytes(base, lessons):
    once = improve(base, lessons, shares_table=True).to_delta()
    assert improve(base, [*reversed(lessons), *lessons[:5]], shares_table=True).to_delta() == once
    assert improve(base, lessons[1:], shares_table=True).to_delta() != once


def test_moves_are_rounded_to_the_nearest_step_and_the_least_left_out():
    amounts = np.array([0.5, -2.0, 1e-9, 0.00004])
    few = small(Moves(np.array([1, 5, 7, 9]), amounts))
    assert few.slots.tolist() == [1, 5, 9]
    assert few.steps.tolist() == [8192, -32767, 1]
    nothing = small(Moves(np.array([3]), np.array([0.0])))
    assert (nothing.slots.tolist(), nothing.unit) == ([], 1.0)


def test_a_check_behind_the_others_is_the_same_check(tmp_path, base):
    path = tmp_path / "model.sigmail"
    base.save(path)
    assert SpamFilter.load(path, behind=True).digest == base.digest
    assert SpamFilter.from_bytes(base.to_bytes(), behind=True).digest == base.digest
    path.write_bytes(base.to_bytes()[:-1])
    with pytest.raises(ModelFileError):
        SpamFilter.load(path, behind=True)
