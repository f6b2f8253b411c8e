"""Opens a database: SQLite in a file, or PostgreSQL, by its URL.

In SQLite's write-ahead log a transaction is whole at its commit but not yet on disk (``synchronous=NORMAL``):
`sigmail_service.storage.store` sees to that after it has let the next writer in, so that the writers wait for
the disk together and not one after another.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from sigmail.errors import InvalidValueError

__all__ = ["WRITING", "file_of", "is_sqlite", "open_engine"]

# The execution option of a connection whose transaction will write.
WRITING = "sigmail_writing"

_BUSY_SECONDS = 5.0
_PAUSE_SECONDS = 0.02
_CONNECTIONS = 8
_MORE_CONNECTIONS = 24
# Blocks of verdicts want large pages, but each page that a correction touches is written whole.
_PAGE_BYTES = 8 * 1024
_PRAGMAS = (
    f"PRAGMA page_size = {_PAGE_BYTES}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -2000",
)
# How long PostgreSQL may be silent before it counts as away.
_POSTGRESQL_OPTIONS = {"connect_timeout": 3, "options": "-c statement_timeout=10000"}


def open_engine(url: str) -> Engine:
    """Return the engine of a database URL; nothing is opened before its first use.

    Raises
    ------
    InvalidValueError
        If the URL is none, or is of another kind of database.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            connect_args={"timeout": _BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
        return engine
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
        pool_pre_ping=True,
        pool_timeout=5,
        connect_args=_POSTGRESQL_OPTIONS,
    )


def is_sqlite(engine: Engine) -> bool:
    """Return whether the database is SQLite."""
    return engine.dialect.name == "sqlite"


def file_of(engine: Engine) -> Path:
    """Return the file of a database in SQLite."""
    return Path(str(engine.url.database))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidValueError(
            "database is no URL: write sqlite:////PATH or postgresql://HOST/NAME"
        ) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise InvalidValueError(
            f"database is a URL of {parsed.get_backend_name()}: the service takes sqlite:////PATH and "
            "postgresql://USER@HOST/NAME"
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise InvalidValueError("database names no file: the workers share one, so write sqlite:////PATH")
    return parsed


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    deadline = time.monotonic() + _BUSY_SECONDS
    for pragma in _PRAGMAS:
        while True:
            try:
                connection.execute(pragma)
                break
            except sqlite3.OperationalError as error:
                # Of several that turn a new file to its write-ahead log, SQLite lets none wait for another.
                if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)


def _begin(connection: Connection) -> None:
    """Begin as a writer where one will be: a reader that turns writer would meet others' changes."""
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
