"""Looks into the history: verdicts by label, model, id and time, with what people said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from sigmail_service.storage.blocks import KeptVerdict
from sigmail_service.storage.moments import datetime_of
from sigmail_service.storage.tables import EVENTS, LESSONS
from sigmail_service.storage.verdicts import latest

__all__ = ["Entry", "Search", "look"]

_AT_ONCE = 100


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
    verdicts = latest(
        connection,
        tenant,
        label=search.label,
        model=search.model,
        beginning=search.beginning,
        before=search.before,
    )
    found: list[Entry] = []
    while len(found) < most:
        some = list(islice(verdicts, _AT_ONCE))
        if not some:
            break
        said = _said(connection, tenant, [one.id for one in some])
        found += [_entry(one, said.get(one.id)) for one in some if not (search.only_open and one.id in said)]
    verdicts.close()
    return found[:most]


def _said(connection: Connection, tenant: str, verdicts: list[str]) -> dict[str, Any]:
    """Return the lessons in force on verdicts, by the id of the verdict."""
    rows = connection.execute(
        select(EVENTS.c.verdict, LESSONS.c.id, LESSONS.c.label, LESSONS.c.counted)
        .join(LESSONS, LESSONS.c.id == EVENTS.c.id)
        .where(EVENTS.c.tenant == tenant, EVENTS.c.verdict.in_(verdicts))
    )
    found: dict[str, Any] = {}
    for row in rows:
        # A verdict may have a lesson that counts and one that waits; the one that counts is shown.
        if row.verdict not in found or row.counted:
            found[row.verdict] = row
    return found


def _entry(verdict: KeptVerdict, said: Any) -> Entry:
    return Entry(
        id=verdict.id,
        at=datetime_of(verdict.at),
        label=verdict.label,
        probability=verdict.probability,
        model=verdict.model,
        can_learn=verdict.can_learn,
        feedback=said.id if said else None,
        said=said.label if said else None,
        counted=bool(said and said.counted),
    )
