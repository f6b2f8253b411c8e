"""How many lessons there are, and what they are enough for, in words for people."""

from __future__ import annotations

from sqlalchemy import func, select

from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import LESSONS

__all__ = ["count_lessons", "progress_of"]

_FEW = 20
_MANY = 200


def count_lessons(storage: Storage, tenant: str) -> dict[str, int]:
    """Return how many lessons of a tenant count, by label; `StorageError` if the database is away."""
    chosen = (
        select(LESSONS.c.label, func.count())
        .where(LESSONS.c.tenant == tenant, LESSONS.c.counted.is_(True))
        .group_by(LESSONS.c.label)
    )
    with storage.read() as connection:
        found: dict[str, int] = {label: count for label, count in connection.execute(chosen)}  # noqa: C416
    return {"spam": found.get("spam", 0), "ham": found.get("ham", 0)}


def progress_of(counts: dict[str, int]) -> str:
    """Return what so many lessons are good for."""
    less, total = min(counts.values()), sum(counts.values())
    if total == 0:
        return "nothing to learn yet"
    if total < _FEW:
        return "enough to turn verdicts on messages like these, and no others"
    if less < _FEW:
        label = min(counts, key=lambda name: counts[name])
        return f"enough for mail of one kind; {_FEW - less} more of {label} would make it even"
    if total < _MANY:
        return "enough for the kinds of mail that they are of"
    return "enough for a model of your own mail"
