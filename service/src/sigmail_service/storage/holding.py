"""Which feedback has to wait for a person before it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from sigmail_service.storage.moments import now
from sigmail_service.storage.tables import EVENTS, LESSONS

__all__ = ["Rules", "reason_to_hold"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What feedback of keys without trust has to wait."""

    needs_trust: bool = False
    """Whether all of it does."""
    burst: int = 0
    """So many contradictions, or lessons that are nearly alike, and the next ones do; 0 is no limit."""
    seconds: float = 3600.0
    """In which time they are counted."""


def reason_to_hold(
    connection: Connection, rules: Rules, tenant: str, *, trusted: bool, contradicts: bool, likeness: int
) -> str | None:
    """Return why a lesson has to wait: ``"needs-trust"`` or ``"burst"``; None if it counts at once."""
    if trusted:
        return None
    if rules.needs_trust:
        return "needs-trust"
    if not rules.burst:
        return None
    since = now() - int(rules.seconds * 1_000_000)
    alike = select(LESSONS.c.id).where(
        LESSONS.c.tenant == tenant, LESSONS.c.likeness == likeness, LESSONS.c.at > since
    )
    contradictions = select(EVENTS.c.id).where(
        EVENTS.c.tenant == tenant, EVENTS.c.contradicts.is_(True), EVENTS.c.at > since
    )
    if _reaches(connection, alike, rules.burst):
        return "burst"
    return "burst" if contradicts and _reaches(connection, contradictions, rules.burst) else None


def _reaches(connection: Connection, rows: Select[Any], count: int) -> bool:
    """Return whether there are so many rows, without counting further."""
    some = rows.limit(count).subquery()
    return bool(connection.execute(select(func.count()).select_from(some)).scalar_one() >= count)
