"""Copies the rows of one database into another, of the same kind or not."""

from __future__ import annotations

from sqlalchemy import Connection, delete, literal, select

from sigmail_service.storage.tables import EVENTS, LESSONS, METADATA, VERDICT_BLOCKS

__all__ = ["copy_rows", "is_empty"]

_AT_ONCE = 100


def copy_rows(source: Connection, target: Connection, *, replace: bool = False) -> int:
    """Copy all rows of all tables, and return their number; `replace` deletes first what is there."""
    count = 0
    for table in METADATA.sorted_tables:
        if replace:
            target.execute(delete(table))
        found = source.execution_options(yield_per=_AT_ONCE).execute(select(table))
        for rows in found.mappings().partitions(_AT_ONCE):
            target.execute(table.insert(), [dict(row) for row in rows])
            count += len(rows)
    return count


def is_empty(connection: Connection) -> bool:
    """Return whether a database holds no verdict, no event and no lesson."""
    return all(
        connection.execute(select(literal(1)).select_from(table).limit(1)).first() is None
        for table in (VERDICT_BLOCKS, EVENTS, LESSONS)
    )
