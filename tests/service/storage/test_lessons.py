"""What learning reads: the lessons that count, in an order that tells nothing."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sigmail.filter import SpamFilter
from sigmail_service.storage.fingerprints import fingerprint
from sigmail_service.storage.lessons import count_since, current_lessons
from sigmail_service.storage.moments import microseconds_of, new_id
from sigmail_service.storage.tables import LESSONS

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def spam_filter():
    return SpamFilter.default()


@pytest.fixture
def add(storage, spam_filter):
    minutes = itertools.count()

    def put(text, label="spam", tenant="shared", counted=True):
        packed = spam_filter.classify_with_features(text)[1].data
        row = {
            "id": new_id(),
            "tenant": tenant,
            "feature_space": spam_filter.feature_space,
            "fingerprint": fingerprint(spam_filter.feature_space, packed),
            "counted": counted,
            "label": label,
            "at": microseconds_of(START + timedelta(minutes=next(minutes))),
            "key_id": "k",
            "features": packed,
            "likeness": 1,
        }
        with storage.write() as connection:
            connection.execute(LESSONS.insert().values(row))
        return row["id"]

    return put


def test_only_counted_lessons_of_the_tenant_and_space_are_given(storage, spam_filter, add):
    mine = add("cheap pills")
    add("other tenant", tenant="b")
    add("waits for a person", counted=False)
    (lesson,) = current_lessons(storage.engine, "shared", spam_filter.feature_space)
    assert (lesson.id, lesson.label, lesson.tenant, lesson.counted) == (mine, "spam", "shared", True)
    assert lesson.at == START
    expected = spam_filter.classify_with_features("cheap pills")[1]
    np.testing.assert_array_equal(lesson.features.slots, expected.slots)
    np.testing.assert_array_equal(lesson.features.values, expected.values)
    assert list(current_lessons(storage.engine, "shared", "another space")) == []


def test_the_order_does_not_tell_in_which_order_they_came(storage, spam_filter, add):
    texts = [f"lesson number {number}" for number in range(600)]
    for text in texts[:5]:
        add(text)
    for text in reversed(texts[:5]):
        add(text, tenant="b")
    orders = [
        [
            lesson.features.slots.tolist()
            for lesson in current_lessons(storage.engine, tenant, spam_filter.feature_space)
        ]
        for tenant in ("shared", "b")
    ]
    assert orders[0] == orders[1]
    assert len(orders[0]) == 5


def test_all_of_many_are_given(storage, spam_filter):
    rows = []
    for number in range(1203):
        packed = spam_filter.classify_with_features(f"w{number}")[1].data
        name = fingerprint(spam_filter.feature_space, packed)
        rows.append(
            {"id": new_id(), "tenant": "t", "feature_space": spam_filter.feature_space, "fingerprint": name}
            | {
                "counted": True,
                "label": "ham",
                "at": number,
                "key_id": "k",
                "features": packed,
                "likeness": 0,
            }
        )
    with storage.write() as connection:
        connection.execute(LESSONS.insert(), rows)
    found = {lesson.id for lesson in current_lessons(storage.engine, "t", spam_filter.feature_space)}
    assert found == {row["id"] for row in rows}


def test_what_came_since_is_counted(storage, add):
    for number in range(4):
        add(f"text {number}")
    add("held", counted=False)
    assert count_since(storage.engine, "shared", START) == 3
    assert count_since(storage.engine, "shared", START - timedelta(seconds=1)) == 4
    assert count_since(storage.engine, "b", START - timedelta(days=1)) == 0
