"""Damaged messages get a verdict: some of what ``make mutations`` does to many more."""

from __future__ import annotations

import random

import pytest
from recipes import mutations
from tests.abuse import families


@pytest.fixture(scope="module")
def mails():
    made = [family(size) for family in families.ALL.values() for size in (300, 3000)]
    return [mail for mail in made if isinstance(mail, bytes)]


def test_damaged_messages_get_a_verdict(mails):
    run = mutations.Run()
    for mail in mutations.damaged(mails, 3000):
        run.take(mail)
    assert run.count == 3000
    assert run.faults == []


def test_each_kind_of_damage_changes_the_mail(mails):
    draw = random.Random(1)  # noqa: S311 (test data)
    for kind in mutations.KINDS:
        changed = 0
        for mail in mails:
            damaged = bytearray(mail)
            kind(draw, damaged, mails[0])
            changed += damaged != mail
        assert changed > len(mails) / 2, kind.__name__


def test_a_fault_is_told():
    run = mutations.Run()
    run.take(7)
    assert run.count == 1
    assert "InvalidTypeError" in run.faults[0]
