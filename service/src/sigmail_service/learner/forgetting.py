"""Models that learnt what was taken back later are removed once another model judges.

A lesson that was withdrawn is erased from the ledger and the history, and a model made afresh has no trace of
it. But the weights of the models that were made in between still hold it, and any of them could be activated
again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from sigmail_service.registry.registry import Registry
from sigmail_service.storage.moments import microseconds_of
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import EVENTS

__all__ = ["remove_models_of_withdrawn"]


def remove_models_of_withdrawn(registry: Registry, storage: Storage, tenant: str) -> list[str]:
    """Remove the learnt models of a tenant that hold withdrawn lessons, and return their digests.

    One that still judges, or that what judges is made on top of, stays until that has changed.
    """
    times = _times_of_withdrawn(storage, tenant)
    removed = []
    for record in registry.records(tenant) if times else []:
        if record.verdict == "given":
            continue
        read = microseconds_of(datetime.fromisoformat(record.read_at or record.created))
        # The record's time is in milliseconds, each of which is counted as a whole.
        holds = any(learnt <= read + 999 and read <= withdrawn for learnt, withdrawn in times)
        if holds and registry.remove(tenant, record.digest):
            removed.append(record.digest)
    return removed


def _times_of_withdrawn(storage: Storage, tenant: str) -> list[tuple[int, int]]:
    """Return for each lesson that was withdrawn from when until when models could learn it."""
    began = EVENTS.alias("began")
    counts_at_once = (began.c.action == "given") & began.c.held.is_(None)
    chosen = (
        select(began.c.at, EVENTS.c.at)
        .join(began, began.c.feedback == EVENTS.c.feedback)
        .where(
            EVENTS.c.tenant == tenant,
            EVENTS.c.action == "withdrawn",
            counts_at_once | (began.c.action == "released"),
        )
    )
    with storage.read() as connection:
        return [(row[0], row[1]) for row in connection.execute(chosen)]
