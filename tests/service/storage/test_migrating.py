"""A database of its own kind comes to the newest tables: those that the code works with."""

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from sigmail.errors import InvalidValueError
from sigmail_service.storage import migrating
from sigmail_service.storage.blocks import KeptVerdict
from sigmail_service.storage.engine import WRITING, open_engine
from sigmail_service.storage.migrating import NEWEST, create, migrate, upgrade
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import METADATA
from sigmail_service.storage.verdicts import find, latest


@pytest.mark.parametrize("way", [create, upgrade])
def test_a_new_database_and_a_migrated_one_have_the_tables_of_the_code(database_url, way):
    engine = open_engine(database_url)
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        way(connection)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == NEWEST
    migrate(engine)
    engine.dispose()


def test_to_migrate_again_changes_nothing(storage):
    with storage.write() as connection:
        connection.execute(text("INSERT INTO idempotency VALUES ('a', 'b', 'c', 'd', 'e', 1)"))
    migrate(storage.engine)
    with storage.read() as connection:
        assert connection.execute(text("SELECT name FROM idempotency")).scalar() == "c"


def test_verdicts_in_rows_of_their_own_are_kept_in_blocks(database_url, monkeypatch):
    engine = open_engine(database_url)
    with monkeypatch.context() as patch, engine.connect().execution_options(**{WRITING: True}) as connection:
        patch.setattr(migrating, "NEWEST", "0001")
        with connection.begin():
            upgrade(connection)
    expected = []
    insertion = text(
        "INSERT INTO verdicts VALUES"
        " (:id, :tenant, 7, :label, :probability, :model, 'space', :features, :message, :is_mail)"
    )
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        for number in range(300):
            verdict = KeptVerdict(
                id=f"{0x19000000000 + 90 * number:012x}7{number:019x}",
                label=("spam", "unsure", "ham")[number % 3],
                probability=number / 300,
                model=f"model{number % 7 == 0}",
                feature_space="space",
                can_learn=number % 5 > 0,
                features=b"f" * (number % 9) if number % 5 else None,
                message=b"body" * (number % 2) if number % 4 == 0 else None,
                is_mail=number % 8 == 0 if number % 4 == 0 else None,
            )
            tenant = f"tenant{number % 2}"
            expected.append((tenant, verdict))
            members = {name: getattr(verdict, name) for name in verdict.__slots__}
            connection.execute(insertion, {**members, "tenant": tenant})
    engine.dispose()
    storage = Storage(database_url)
    with storage.read() as connection:
        for tenant, verdict in expected:
            assert find(connection, tenant, verdict.id) == verdict
        assert [one.id for one in latest(connection, "tenant1")] == [
            verdict.id for tenant, verdict in reversed(expected) if tenant == "tenant1"
        ]
        assert not inspect(connection).has_table("verdicts")
        assert connection.execute(text("SELECT count(*) FROM verdict_blocks")).scalar() < 100
    storage.close()


def test_a_newer_database_is_refused(storage):
    with storage.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InvalidValueError, match="not one that this version can use"):
        migrate(storage.engine)


def open_it(url):
    with Storage(url).read() as connection:
        return sorted(inspect(connection).get_table_names())


def test_eight_processes_may_open_a_new_database_at_once(database_url):
    expected = sorted([*METADATA.tables, "alembic_version"])
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        assert pool.map(open_it, [database_url] * 8) == [expected] * 8


@pytest.mark.parametrize(
    ("url", "told"),
    [("nonsense", "no URL"), ("mysql://host/name", "mysql"), ("sqlite://", "no file")],
)
def test_what_is_no_database_of_ours_is_refused(url, told):
    with pytest.raises(InvalidValueError, match=told):
        open_engine(url)
