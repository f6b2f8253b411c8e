"""The lessons in force, as learning reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, func, select

from sigmail.filter import Message, MessageFeatures
from sigmail_service.storage.feedback import Judged
from sigmail_service.storage.fingerprints import fingerprint
from sigmail_service.storage.moments import datetime_of, microseconds_of
from sigmail_service.storage.tables import LESSONS

__all__ = [
    "Lesson",
    "count_foreign",
    "count_since",
    "current_lessons",
    "first_given",
    "kept_messages",
    "lessons_on",
]

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What somebody said of a message, and all that a model needs to learn it."""

    id: str
    """The id of the feedback that it comes from."""
    label: Literal["spam", "ham"]
    features: MessageFeatures
    feature_space: str
    """Of the filters that see these features in the message."""
    tenant: str
    counted: bool
    """Whether models learn it; else it waits for a person to release it."""
    at: datetime


def current_lessons(engine: Engine, tenant: str, feature_space: str) -> Iterator[Lesson]:
    """Yield the lessons of a tenant that are in force and count, at most one for each message.

    Their order hangs on the messages alone, so that nothing in it tells of a lesson that was there once.
    They are read piece by piece: no transaction stays open between two of them.
    """
    last = ""
    while True:
        chosen = (
            select(LESSONS)
            .where(
                LESSONS.c.tenant == tenant,
                LESSONS.c.feature_space == feature_space,
                LESSONS.c.counted.is_(True),
                LESSONS.c.fingerprint > last,
            )
            .order_by(LESSONS.c.fingerprint)
            .limit(_AT_ONCE)
        )
        with engine.connect() as connection:
            rows = connection.execute(chosen).all()
        for row in rows:
            yield _lesson_of(row)
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].fingerprint


def count_since(engine: Engine, tenant: str, moment: datetime) -> int:
    """Return how many lessons of a tenant count that were given or released after a moment, which has a zone.

    All feature spaces together; the lessons that are in force no more are not among them.
    """
    counted = select(func.count()).where(
        LESSONS.c.tenant == tenant,
        LESSONS.c.counted.is_(True),
        LESSONS.c.at > microseconds_of(moment),
    )
    with engine.connect() as connection:
        return int(connection.execute(counted).scalar_one())


def first_given(engine: Engine, tenant: str) -> datetime | None:
    """Return when the oldest lesson of a tenant that counts was given or released, if there is one."""
    first = select(func.min(LESSONS.c.at)).where(LESSONS.c.tenant == tenant, LESSONS.c.counted.is_(True))
    with engine.connect() as connection:
        found = connection.execute(first).scalar_one()
    return None if found is None else datetime_of(found)


def kept_messages(engine: Engine, tenant: str, feature_space: str) -> Iterator[tuple[Message, str, datetime]]:
    """Yield the lessons of all other feature spaces that count: message, label, and when it was given.

    Only those whose message was kept: the others say nothing to a filter that sees other features.
    """
    chosen = (
        select(LESSONS.c.message, LESSONS.c.is_mail, LESSONS.c.label, LESSONS.c.at)
        .where(*_foreign(tenant, feature_space), LESSONS.c.message.is_not(None))
        .order_by(LESSONS.c.id)
    )
    with engine.connect() as connection:
        rows = connection.execute(chosen).all()
    for row in rows:
        message = row.message if row.is_mail else row.message.decode("utf-8", "replace")
        yield message, row.label, datetime_of(row.at)


def count_foreign(engine: Engine, tenant: str, feature_space: str) -> int:
    """Return how many lessons of other feature spaces count that lack their message: none can be learnt."""
    counted = select(func.count()).where(*_foreign(tenant, feature_space), LESSONS.c.message.is_(None))
    with engine.connect() as connection:
        return int(connection.execute(counted).scalar_one())


def _foreign(tenant: str, feature_space: str) -> tuple[Any, Any, Any]:
    return (
        LESSONS.c.tenant == tenant,
        LESSONS.c.feature_space != feature_space,
        LESSONS.c.counted.is_(True),
    )


def _lesson_of(row: Row[Any]) -> Lesson:
    return Lesson(
        id=row.id,
        label=row.label,
        features=MessageFeatures(row.features),
        feature_space=row.feature_space,
        tenant=row.tenant,
        counted=row.counted,
        at=datetime_of(row.at),
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
