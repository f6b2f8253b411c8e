"""What was deleted from PostgreSQL's tables leaves its files too."""

from __future__ import annotations

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

__all__ = ["erase_deleted"]

_TABLES = ("lessons", "verdict_blocks")
# To write a table anew takes a second for some tens of megabytes, and nobody can use it meanwhile. In a
# larger one the bytes of a deleted row stay in their page, out of every query's reach, until others are put
# there.
_MOST_REWRITTEN_BYTES = 32 << 20
# Who waits to lock a table holds up all that come after.
_LOCK_MILLISECONDS = 500
_LOCK_NOT_AVAILABLE = "55P03"


def erase_deleted(engine: Engine) -> bool:
    """Write the tables anew without what was deleted, and let large ones reuse its room.

    Returns
    -------
    bool
        Whether it is done; not if somebody else used a table for too long.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout TO {_LOCK_MILLISECONDS}"))
        try:
            for table in _TABLES:
                size = connection.execute(text(f"SELECT pg_total_relation_size('{table}')")).scalar_one()
                full = "(FULL) " if size <= _MOST_REWRITTEN_BYTES else ""
                connection.execute(text(f"VACUUM {full}{table}"))
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))
    return True
