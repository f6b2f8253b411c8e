"""Brings a database to the newest tables."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select, text

from sigmail.errors import InvalidValueError
from sigmail_service.storage.engine import WRITING, is_sqlite
from sigmail_service.storage.tables import METADATA

__all__ = ["NEWEST", "create", "migrate", "upgrade"]

NEWEST = "0002"
"""The revision that this version of the service works with."""

# Alembic's own table.
_REVISIONS = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), primary_key=True, nullable=False)
)
# Any number will do that no other program locks in the same database.
_ADVISORY_LOCK = 0x5163_6D61


def migrate(engine: Engine) -> None:
    """Create what is missing, in one transaction. Many processes may do so at once.

    Raises
    ------
    InvalidValueError
        If a newer version of the service has changed the database.
    """
    with engine.connect() as connection:
        if _revision(connection) == NEWEST:
            return
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        if not is_sqlite(engine):
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        revision = _revision(connection)
        if revision is None:
            create(connection)
        elif revision != NEWEST:
            upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_REVISIONS.name):
        return None
    return connection.execute(select(_REVISIONS.c.version_num)).scalar()


def create(connection: Connection) -> None:
    """Make the newest tables in a new database at once: what the migrations would come to, but quicker."""
    METADATA.create_all(connection)
    _REVISIONS.create(connection)
    connection.execute(_REVISIONS.insert().values(version_num=NEWEST))


def upgrade(connection: Connection) -> None:
    """Run the migrations that a database lacks."""
    # Only now: a database that is up to date, as it nearly always is, needs no Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "sigmail_service:storage/migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, NEWEST)
    except CommandError as error:
        raise InvalidValueError(f"the database is not one that this version can use: {error}") from None
