"""The history: written in batches, bounded, and kept for a time."""

import threading
import time

import pytest
from sqlalchemy import select

from sigmail.filter import MessageFeatures, SpamFilter
from sigmail_service.storage.history import History
from sigmail_service.storage.looking import Search, look
from sigmail_service.storage.moments import microseconds_of_id, new_id
from sigmail_service.storage.store import Storage, StorageAwayError
from sigmail_service.storage.tables import VERDICT_BLOCKS
from sigmail_service.storage.verdicts import find, oldest


@pytest.fixture(scope="module")
def spam_filter():
    return SpamFilter.default()


@pytest.fixture
def lost():
    return []


@pytest.fixture
def new_history(lost):
    opened = []

    def make(storage, days=30.0, **options):
        history = History(storage, days, lost=lost.append, **{"store_bodies": False, **options})
        opened.append(history)
        return history

    yield make
    for history in opened:
        history.close()


@pytest.fixture
def record(spam_filter):
    def put(history, text="cheap pills", tenant="shared", identity=None):
        identity = identity or new_id()
        verdict, features = spam_filter.classify_with_features(text)
        history.record(identity, tenant, text, spam_filter, verdict=verdict, features=features)
        return identity

    return put


def rows_of(storage):
    with storage.read() as connection:
        everyone = connection.execute(select(VERDICT_BLOCKS.c.tenant).distinct()).scalars().all()
        heads = [one for tenant in everyone for one in oldest(connection, tenant)]
        return [find(connection, tenant, one.id) for tenant in everyone for one in heads]


def test_a_verdict_is_kept_with_what_decided(storage, new_history, record, spam_filter):
    history = new_history(storage)
    identity = record(history)
    history.flush()
    (row,) = rows_of(storage)
    verdict, features = spam_filter.classify_with_features("cheap pills")
    assert (row.id, row.label, row.message) == (identity, verdict.label, None)
    assert row.at / 1e6 == pytest.approx(time.time(), abs=60)
    assert row.probability == pytest.approx(verdict.probability)
    assert (row.model, row.feature_space) == (spam_filter.identity, spam_filter.feature_space)
    assert MessageFeatures(row.features).slots.tolist() == features.slots.tolist()


@pytest.mark.parametrize(
    ("message", "kept"), [("Grüße", ("Grüße".encode(), False)), (b"\xffmail", (b"\xffmail", True))]
)
def test_bodies_are_kept_where_the_owner_wants_them(storage, new_history, record, message, kept):
    history = new_history(storage, store_bodies=True)
    record(history, message)
    history.flush()
    (row,) = rows_of(storage)
    assert (row.message, row.is_mail) == kept


def test_the_thread_writes_all_soon_and_once(storage, new_history, record):
    history = new_history(storage)
    identities = [record(history, f"text {number}") for number in range(1300)]
    deadline = time.monotonic() + 30
    while len(rows_of(storage)) < len(identities) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [row.id for row in rows_of(storage)] == sorted(identities)


def test_threads_that_record_and_flush_lose_nothing(storage, new_history, record, lost):
    history = new_history(storage)

    def work():
        for _ in range(60):
            record(history)
            history.flush()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(rows_of(storage)), lost) == (240, [])


def test_a_full_queue_loses_verdicts_and_counts_them(tmp_path, new_history, record, lost):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    away = Storage(f"sqlite:///{tmp_path / 'file' / 'sigmail.db'}")
    history = new_history(away, store_bodies=True)
    body = "x" * 2_000_000
    for _ in range(40):
        record(history, body)
    with pytest.raises(StorageAwayError):
        history.flush()
    assert sum(lost) >= 20


def test_what_was_not_written_is_written_when_the_database_is_back(tmp_path, new_history, record):
    blocked = tmp_path / "data"
    blocked.write_text("no folder yet", encoding="utf-8")
    storage = Storage(f"sqlite:///{blocked / 'sigmail.db'}")
    history = new_history(storage)
    identity = record(history)
    with pytest.raises(StorageAwayError):
        history.flush()
    blocked.unlink()
    history.flush()
    assert [row.id for row in rows_of(storage)] == [identity]
    storage.close()


def test_the_old_are_deleted_and_the_young_stay(storage, new_history, record):
    history = new_history(storage, days=1.0)
    old = f"{int((time.time() - 86_500) * 1000):012x}".ljust(32, "f")
    young = f"{int((time.time() - 86_300) * 1000):012x}".ljust(32, "f")
    for identity in (old, young):
        record(history, identity=identity)
    history.flush()
    history.clean()
    assert [row.id for row in rows_of(storage)] == [young]


def test_ids_rise_with_time_and_name_their_moment():
    identities = [new_id() for _ in range(3)]
    assert len(set(identities)) == 3
    assert microseconds_of_id(identities[0]) / 1e6 == pytest.approx(time.time(), abs=60)
    assert [identity[12] for identity in identities] == ["7"] * 3
    assert microseconds_of_id("nonsense") == 0


def test_a_search_finds_what_it_names_and_turns_the_pages(storage, new_history, record, spam_filter):
    history = new_history(storage)
    labels = ["ham", "ham", "unsure", "ham", "ham"]
    identities = sorted(new_id() for _ in labels)
    for identity, label in zip(identities, labels, strict=True):
        history.add(identity, "shared", "", spam_filter, label, 0.5, b"")
    record(history, tenant="other")
    history.flush()
    with storage.read() as connection:
        everything = look(connection, "shared", Search(), 3)
        assert [entry.id for entry in everything] == identities[:1:-1]
        rest = look(connection, "shared", Search(before=everything[-1].id), 3)
        assert [entry.id for entry in rest] == identities[1::-1]
        (unsure,) = look(connection, "shared", Search(label="unsure", only_open=True), 9)
        assert (unsure.id, unsure.can_learn, unsure.feedback) == (identities[2], True, None)
        assert look(connection, "shared", Search(model="0"), 9) == []
        assert len(look(connection, "other", Search(), 9)) == 1
