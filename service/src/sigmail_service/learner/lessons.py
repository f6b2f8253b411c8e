"""What a base is taught: the lessons of the ledger, as far as the base sees the features that they have.

A new base model may see other features in a message than the one before it. Lessons whose message was kept
(`store_bodies`) are then read again; of the others the record of the model says how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sigmail.filter import MessageFeatures, SpamFilter
from sigmail_service.registry.registry import moment
from sigmail_service.storage.fingerprints import fingerprint
from sigmail_service.storage.lessons import count_foreign, current_lessons, kept_messages
from sigmail_service.storage.store import Storage

__all__ = ["Lessons", "lessons_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What was read.

    Attributes
    ----------
    learnt : the features and the label of each lesson
    foreign : how many there are besides that cannot be learnt
    read_at : when reading began, in ISO 8601
    """

    learnt: list[tuple[MessageFeatures, str]]
    foreign: int
    read_at: str


def lessons_of(storage: Storage, tenant: str, base: SpamFilter) -> Lessons:
    """Return the lessons of a tenant that count, each message once; what was said of it last holds."""
    with storage.read():  # Prepares the database, and says so if it is away.
        pass
    space, read_at = base.feature_space, moment()
    last: dict[str, tuple[datetime, MessageFeatures, str]] = {
        fingerprint(space, one.features.data): (one.at, one.features, one.label)
        for one in current_lessons(storage.engine, tenant, space)
    }
    for message, label, at in kept_messages(storage.engine, tenant, space):
        _, features = base.classify_with_features(message)
        name = fingerprint(space, features.data)
        if name not in last or last[name][0] < at:
            last[name] = (at, features, label)
    learnt = [(features, label) for _, features, label in last.values()]
    return Lessons(learnt, count_foreign(storage.engine, tenant, space), read_at)
