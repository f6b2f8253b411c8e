"""Brings a database to the newest tables."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, column, inspect, select, table, text

from sigmail.errors import InvalidValueError
from sigmail_service.storage.engine import WRITING, is_sqlite

__all__ = ["NEWEST", "migrate"]

NEWEST = "0001"
"""The revision that this version of the service works with."""

_REVISIONS = table("alembic_version", column("version_num"))
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
        if _revision(connection) != NEWEST:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_REVISIONS.name):
        return None
    return connection.execute(select(_REVISIONS.c.version_num)).scalar()


def _upgrade(connection: Connection) -> None:
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
