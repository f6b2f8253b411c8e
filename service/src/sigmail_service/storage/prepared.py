"""Statements that every correction needs: each is put into the words of a kind of database once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.sql.elements import ClauseElement

__all__ = ["Prepared"]


class Prepared:
    """A statement with named values: to find its compiled form takes longer each time than SQLite to run it.

    Values and results are the driver's, so that truth comes as 0 and 1 where the database has nothing else.

    Parameters
    ----------
    statement
        An insertion, or what names its values by `bindparam`.
    names
        Those of the columns, for an insertion.
    """

    def __init__(self, statement: Executable, names: tuple[str, ...] | None = None) -> None:
        self._statement = statement
        self._names = names
        self._of_dialects: dict[str, tuple[str, list[str] | None]] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it; `values` has one for each name, and may have more."""
        text, order = self._of_dialects.get(connection.dialect.name) or self._compile(connection)
        if order is None:
            return connection.exec_driver_sql(text, dict(values))
        return connection.exec_driver_sql(text, tuple(values[name] for name in order))

    def _compile(self, connection: Connection) -> tuple[str, list[str] | None]:
        assert isinstance(self._statement, ClauseElement)  # noqa: S101 - All that can be run is.
        compiled: Any = self._statement.compile(dialect=connection.dialect, column_keys=self._names)
        found = compiled.string, compiled.positiontup
        self._of_dialects[connection.dialect.name] = found
        return found
