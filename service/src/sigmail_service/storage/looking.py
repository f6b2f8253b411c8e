"""Looks into the history: verdicts by label, model, id and time, with what people said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from sigmail_service.storage.moments import datetime_of
from sigmail_service.storage.tables import EVENTS, LESSONS, VERDICTS

__all__ = ["Entry", "Search", "look"]


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; an empty text looks for all."""

    label: str = ""
    """A label of verdicts."""
    beginning: str = ""
    """How the id begins."""
    model: str = ""
    before: str = ""
    """An id: only older verdicts, for the next page."""
    only_open: bool = False
    """Whether only those that nobody has said anything of."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A verdict, and the feedback on it that is in force."""

    id: str
    at: datetime
    label: str
    probability: float
    model: str
    can_learn: bool
    feedback: str | None
    said: str | None
    counted: bool


def look(connection: Connection, tenant: str, search: Search, most: int) -> list[Entry]:
    """Return a tenant's verdicts that fit a search, the latest first."""
    said = (
        select(EVENTS.c.verdict, LESSONS.c.id, LESSONS.c.label, LESSONS.c.counted)
        .join(LESSONS, LESSONS.c.id == EVENTS.c.id)
        .where(EVENTS.c.tenant == tenant)
        .subquery()
    )
    columns = (VERDICTS.c.id, VERDICTS.c.at, VERDICTS.c.label, VERDICTS.c.probability, VERDICTS.c.model)
    rows = (
        select(
            *columns,
            VERDICTS.c.features.is_not(None).label("can_learn"),
            said.c.id.label("feedback"),
            said.c.label.label("said"),
            said.c.counted,
        )
        .outerjoin(said, and_(said.c.verdict == VERDICTS.c.id))
        .where(VERDICTS.c.tenant == tenant, *_conditions(search))
        .order_by(VERDICTS.c.id.desc())
        .limit(most)
    )
    if search.only_open:
        rows = rows.where(said.c.id.is_(None))
    found: dict[str, Entry] = {}
    for row in connection.execute(rows):
        # A verdict with one lesson that counts and one that waits has two rows; the one that counts is shown.
        if row.id not in found or row.counted:
            found[row.id] = _entry(row)
    return list(found.values())


def _conditions(search: Search) -> list[Any]:
    conditions = []
    if search.label:
        conditions.append(VERDICTS.c.label == search.label)
    if search.beginning:
        conditions.append(VERDICTS.c.id.between(search.beginning, search.beginning + "g"))
    if search.model:
        conditions.append(VERDICTS.c.model == search.model)
    if search.before:
        conditions.append(VERDICTS.c.id < search.before)
    return conditions


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        at=datetime_of(row.at),
        label=row.label,
        probability=row.probability,
        model=row.model,
        can_learn=bool(row.can_learn),
        feedback=row.feedback,
        said=row.said,
        counted=bool(row.counted),
    )
