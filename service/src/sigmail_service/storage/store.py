"""Transactions that are on disk when they end, and what can go wrong with them."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from sigmail.errors import SigmailError
from sigmail_service.storage.cleaning import erase_deleted
from sigmail_service.storage.engine import WRITING, file_of, is_sqlite, open_engine
from sigmail_service.storage.migrating import migrate
from sigmail_service.storage.turns import Turns

__all__ = ["Storage", "StorageAwayError", "StorageError", "StorageFullError"]

_LOCK_SECONDS = 5.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Class 53 of PostgreSQL: it has no room left on the disk, or no memory.
_POSTGRESQL_FULL = ("53100", "53200")
_ERASE_SECONDS = 1.0
_ERASE_PAUSE = 0.02


class StorageError(SigmailError):
    """The database cannot do what it was asked, for a reason outside of the service."""


class StorageAwayError(StorageError):
    """The database does not answer, or cannot be written."""


class StorageFullError(StorageError):
    """There is no room left for the database."""


class Storage:
    """A database of the service; for many threads, in many processes at once.

    Nothing is opened before the first use, and every use may fail and the next one work: a database that was
    away is taken up again when it is back.

    Parameters
    ----------
    url
        The URL of the database, see `sigmail_service.storage.engine`.
    """

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_engine(url)
        self._is_sqlite = is_sqlite(self.engine)
        self._prepared = False
        self._preparing = threading.Lock()
        self._turns = Turns(Path(f"{file_of(self.engine)}-turn")) if self._is_sqlite else None
        self._erasing = False

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading; everything that is read in it stood in the database at once.

        Raises
        ------
        StorageError
            If the database is away.
        """
        with self._translated():
            self._prepare()
            with self.engine.connect() as connection:
                yield connection

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Give a connection in a transaction, which is whole and on disk when the block has ended.

        Parameters
        ----------
        durable
            False leaves it to the database when the transaction comes to the disk: after a failure of the
            power the last ones may be gone, but nothing is damaged.

        Raises
        ------
        StorageError
            If the database is away or full. The transaction is then usually not in it, but may be if it was
            the last step that failed.
        """
        with self._translated():
            self._prepare()
            if self._is_sqlite:
                with self._in_turn(), self._transaction() as connection:
                    yield connection
                if durable:
                    self._sync()
                return
            with self.engine.begin() as connection:
                if not durable:
                    connection.execute(text("SET LOCAL synchronous_commit TO OFF"))
                yield connection

    def erase_traces(self) -> bool:
        """Remove from the database's files what was deleted from its tables.

        Returns
        -------
        bool
            Whether it is done. Readers may keep the database from it for a while: `erase_left` tries again.
        """
        self._erasing = True
        return self.erase_left(_ERASE_SECONDS)

    def erase_left(self, seconds: float = 0.0) -> bool:
        """Do what an earlier `erase_traces` left to do, if anything, for at most so many seconds."""
        if not self._erasing:
            return True
        with self._translated():
            if not self._is_sqlite:
                self._erasing = not erase_deleted(self.engine)
                return not self._erasing
            deadline = time.monotonic() + seconds
            while not self._truncate_log():
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_ERASE_PAUSE)
        self._erasing = False
        return True

    def close(self) -> None:
        """Close all connections; the next use opens them again."""
        self.engine.dispose()

    def _prepare(self) -> None:
        if not self._prepared:
            with self._preparing:
                if self._is_sqlite:
                    file_of(self.engine).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                migrate(self.engine)
                # A process that was killed may have left its erasing undone.
                self._erasing = self._erasing or self._is_sqlite
                self._prepared = True

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        if self._turns is None:
            yield
            return
        with self._turns.turn(_LOCK_SECONDS) as came:
            if not came:
                raise StorageAwayError("other writers hold the database for too long")
            yield

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        options = {WRITING: True}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def _sync(self) -> None:
        """Wait until the log is on the disk, while the next writers go on; several wait for one turn of it.

        Where there is no log any more, all of it has been moved to the main file, which SQLite synchronises.
        """
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(f"{file_of(self.engine)}-wal", os.O_RDONLY)
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)

    def _truncate_log(self) -> bool:
        """Move the log to the main file, where deleted rows are zeros, and cut it.

        Returns
        -------
        bool
            Whether it is done; not if readers are in the log.
        """
        options = {"isolation_level": "AUTOCOMMIT"}
        with self._in_turn(), self.engine.connect().execution_options(**options) as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
        return not busy

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of the database and of the disk into ours, and drop connections that may be spoilt."""
        try:
            yield
        except IntegrityError:  # Two writers at once; the one that came second tries again.
            raise
        except DBAPIError as error:
            self.engine.dispose()
            raise _of_database(error) from error
        except (SQLAlchemyError, sqlite3.Error) as error:
            self.engine.dispose()
            raise StorageAwayError(f"the database does not answer: {type(error).__name__}") from error
        except OSError as error:
            self.engine.dispose()
            raise _of_disk(error) from error


def _of_database(error: DBAPIError) -> Exception:
    original = error.orig
    name = getattr(original, "sqlite_errorname", "") or getattr(original, "sqlstate", "") or ""
    if name == "SQLITE_FULL" or name in _POSTGRESQL_FULL:
        return StorageFullError("there is no room left for the database")
    if name.startswith("SQLITE_IOERR"):
        return StorageFullError("the database's file cannot be written or read: the disk may be full")
    if name.startswith("SQLITE_READONLY"):
        return StorageAwayError("the database's file is read-only")
    return StorageAwayError(f"the database does not answer: {name or type(original).__name__}")


def _of_disk(error: OSError) -> StorageError:
    if error.errno in _FULL:
        return StorageFullError("there is no room left on the disk of the database")
    return StorageAwayError(f"the folder of the database cannot be used: {error.strerror}")
