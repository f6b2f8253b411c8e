"""The features of a withdrawn lesson leave the history too, wherever they stand in it."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from sigmail_service.storage.feedback import Judged
from sigmail_service.storage.fingerprints import fingerprint
from sigmail_service.storage.tables import LESSONS, VERDICTS

__all__ = ["erase_features", "lessons_on", "verdicts_with"]

_AT_ONCE = 500


def verdicts_with(connection: Connection, tenant: str, features: bytes) -> list[str]:
    """Return the ids of the verdicts that have these features.

    The whole history of the tenant is looked through, but the length of a column is known without reading it.
    """
    same = select(VERDICTS.c.id).where(
        VERDICTS.c.tenant == tenant,
        func.length(VERDICTS.c.features) == len(features),
        VERDICTS.c.features == features,
    )
    return list(connection.execute(same).scalars())


def erase_features(connection: Connection, verdicts: list[str]) -> None:
    """Remove the features, and the message if it was kept, from some verdicts."""
    for start in range(0, len(verdicts), _AT_ONCE):
        some = verdicts[start : start + _AT_ONCE]
        connection.execute(
            update(VERDICTS).where(VERDICTS.c.id.in_(some)).values(features=None, message=None, is_mail=None)
        )


def lessons_on(connection: Connection, tenant: str, judged: Judged) -> list[str]:
    """Return the ids of a tenant's lessons on a message: the one that counts, and the one that waits."""
    name = fingerprint(judged.feature_space, judged.features.data)
    found = select(LESSONS.c.id).where(
        LESSONS.c.tenant == tenant,
        LESSONS.c.feature_space == judged.feature_space,
        LESSONS.c.fingerprint == name,
    )
    return list(connection.execute(found).scalars())
