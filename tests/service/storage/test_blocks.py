"""Verdicts that share rows of the database are those that were given, one by one."""

import struct
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from sigmail.filter import Backlog, SpamFilter
from sigmail_service.storage.blocks import KeptVerdict, Origin
from sigmail_service.storage.tables import VERDICT_BLOCKS
from sigmail_service.storage.verdicts import erase, find, insert_blocks, latest, oldest, verdicts_with

ORIGINS = [
    Origin("shared", "model", "space"),
    Origin("shared", "newer", "space"),
    Origin("b%s", "model", "s"),
]
# Some within the ten seconds that a block may span, some not, in any order.
IDENTITIES = st.builds(
    lambda at, rest: f"{0x19000000000 + at:012x}7{rest:019x}", st.integers(0, 30_000), st.integers(0, 2**70)
)
VERDICTS = st.tuples(
    IDENTITIES,
    st.sampled_from(ORIGINS),
    st.sampled_from(["spam", "unsure", "ham"]),
    st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
    st.binary(max_size=5),
    st.none() | st.tuples(st.binary(max_size=9), st.booleans()),
)
SOME = st.lists(VERDICTS, min_size=1, max_size=60, unique_by=lambda one: one[0])


def kept(verdict):
    identity, (_, model, space), label, probability, features, message = verdict
    body, is_mail = message or (None, None)
    return KeptVerdict(identity, label, probability, model, space, True, features, body, is_mail)


def put(storage, verdicts, block=8, workers=2):
    """Write the verdicts as several workers would, whose blocks overlap."""
    backlogs = [Backlog(block, 1 << 20) for _ in range(workers)]
    for place, (identity, origin, label, probability, features, message) in enumerate(verdicts):
        size = len(message[0]) if message else 0
        backlogs[place % workers].put(identity, label, probability, features, origin, message, size)
    with storage.write() as connection:
        connection.execute(delete(VERDICT_BLOCKS))
        for backlog in backlogs:
            while len(backlog):
                blocks = backlog.first(3)
                insert_blocks(connection, blocks)
                insert_blocks(connection, blocks)  # Once more, as after a failure: it changes nothing.
                backlog.forget(len(blocks))


def without_bodies(verdict, *, features):
    less = {} if features else {"features": None}
    return replace(verdict, message=None, is_mail=None, **less)


PROPERTY = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@PROPERTY
@given(verdicts=SOME)
def test_each_is_found_whole_under_its_id_by_its_tenant_alone(storage, verdicts):
    put(storage, verdicts)
    with storage.read() as connection:
        for verdict in verdicts:
            tenant = verdict[1].tenant
            assert find(connection, tenant, verdict[0]) == kept(verdict)
            assert find(connection, "another", verdict[0]) is None
        for unknown in ("", "f" * 32, "0" * 32, verdicts[0][0].upper() + "g", "%", "nonsense"):
            assert find(connection, "shared", unknown) is None


@PROPERTY
@given(verdicts=SOME, cut=IDENTITIES)
def test_the_latest_come_first_and_the_oldest_too(storage, verdicts, cut):
    put(storage, verdicts)
    ours = [kept(one) for one in verdicts if one[1].tenant == "shared"]
    falling = sorted(ours, key=lambda one: one.id, reverse=True)
    heads = [without_bodies(one, features=False) for one in falling]
    with_features = [without_bodies(one, features=True) for one in falling]
    with storage.read() as connection:
        assert list(latest(connection, "shared")) == heads
        assert list(latest(connection, "shared", with_features=True)) == with_features
        assert list(latest(connection, "shared", before=cut)) == [one for one in heads if one.id < cut]
        for length in (1, 9, 11, 32):
            assert list(latest(connection, "shared", beginning=cut[:length])) == [
                one for one in heads if one.id.startswith(cut[:length])
            ]
        for label in ("spam", "unsure", "ham"):
            assert list(latest(connection, "shared", label=label)) == [
                one for one in heads if one.label == label
            ]
            assert list(oldest(connection, "shared", label=label)) == [
                one for one in reversed(with_features) if one.label == label
            ]
        assert list(latest(connection, "shared", model="newer")) == [
            one for one in heads if one.model == "newer"
        ]
        assert list(latest(connection, "shared", feature_space="other")) == []
        assert list(oldest(connection, "shared")) == with_features[::-1]


@PROPERTY
@given(verdicts=SOME, data=st.data())
def test_what_is_erased_is_gone_and_nothing_else(storage, verdicts, data):
    put(storage, verdicts)
    features = data.draw(st.sampled_from([one[4] for one in verdicts]))
    chosen = {one[0] for one in verdicts if one[1].tenant == "shared" and one[4] == features}
    with storage.read() as connection:
        copies = verdicts_with(connection, "shared", features)
    assert set().union(*copies.values()) == chosen
    with storage.write() as connection:
        erase(connection, {**copies, "f" * 32: {"f" * 32}})
        erase(connection, copies)  # Once more changes nothing.
    with storage.read() as connection:
        for verdict in verdicts:
            found = find(connection, verdict[1].tenant, verdict[0])
            if verdict[0] in chosen:
                assert (found.can_learn, found.features, found.message) == (False, None, None)
                assert (found.label, found.probability) == (verdict[2], verdict[3])
            else:
                assert found == kept(verdict)
        assert verdicts_with(connection, "shared", features) == {}


def test_without_an_origin_verdicts_wait_all_the_same():
    backlog = Backlog(64, 1 << 20)
    line = b'{"text": "cheap pills"}'
    options = {"first": 0, "milliseconds": 1 << 40, "random": bytes(10), "backlog": backlog}
    assert SpamFilter.default().answer_lines([line], '"model": "m",', **options)[0] is not None
    assert [block[0] for block in backlog.first(1)] == [None]


def test_verdicts_without_features_are_bounded_too():
    backlog = Backlog(64, 1000)
    for number in range(100):
        backlog.put(f"{number:032x}", "ham", 0.5, b"", ORIGINS[0])
    assert 0 < len(backlog) < 100
    assert backlog.take_lost() == 100 - len(backlog)


def test_a_row_holds_what_its_description_says(storage):
    early, late = "019000000001" + "7" * 20, "019000000002" + "7" * 20
    backlog = Backlog(64, 1 << 20)
    backlog.put(early, "spam", 0.75, b"two", ORIGINS[0], (b"From: a", True), 7)
    backlog.put(late, "ham", 0.25, b"", ORIGINS[0])
    with storage.write() as connection:
        insert_blocks(connection, backlog.first(1))
        (row,) = connection.execute(select(VERDICT_BLOCKS))
    assert (row.first_id, row.last_id) == (early, late)
    assert (row.tenant, row.model, row.feature_space) == ORIGINS[0]
    assert (row.labels, row.spam, row.unsure, row.ham) == ("sh", 1, 0, 1)
    assert bytes(row.ids) == bytes.fromhex(early + late)
    assert struct.unpack("<2d", row.probabilities) == (0.75, 0.25)
    assert struct.unpack("<2I", row.feature_lengths) == (3, 0)
    assert struct.unpack("<2I", row.message_lengths) == (7, 0)
    assert (bytes(row.features), row.message_kinds, bytes(row.messages)) == (b"two", "m-", b"From: a")


@pytest.mark.parametrize(
    ("identity", "label"), [("g" * 32, "spam"), ("A" * 32, "spam"), ("0" * 31, "spam"), ("0" * 32, "eggs")]
)
def test_a_verdict_that_cannot_be_is_refused(identity, label):
    with pytest.raises(ValueError, match="no verdict has the"):
        Backlog(64, 1 << 20).put(identity, label, 0.5, b"", ORIGINS[0])
