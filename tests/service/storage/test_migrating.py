"""A database of its own kind comes to the newest tables: those that the code works with."""

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from sigmail.errors import InvalidValueError
from sigmail_service.storage.engine import WRITING, open_engine
from sigmail_service.storage.migrating import NEWEST, create, migrate, upgrade
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import METADATA


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
