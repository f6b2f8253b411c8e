"""What would change if another model judged: over the history, or over a mailbox."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from sigmail.filter import Message, MessageFeatures, SpamFilter
from sigmail_service.learner.training import spam_logits
from sigmail_service.storage.moments import datetime_of
from sigmail_service.storage.store import Storage
from sigmail_service.storage.verdicts import latest

__all__ = ["Change", "Comparison", "compare_history", "compare_messages"]

_AT_ONCE = 200
_BINS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A message that another model would judge otherwise."""

    source: str
    """The id of the verdict, or where the message is."""
    at: str
    before: str
    after: str
    probability_before: float
    probability_after: float


@dataclass(slots=True)
class Comparison:
    """The changes, and how the probabilities lie in ten bins of [0, 1] before and after."""

    changes: list[Change] = field(default_factory=list)
    compared: int = 0
    before: list[int] = field(default_factory=lambda: [0] * _BINS)
    after: list[int] = field(default_factory=lambda: [0] * _BINS)

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how many verdicts change from which label to which."""
        return Counter((change.before, change.after) for change in self.changes)

    def add(self, change: Change) -> None:
        """Count a message; it is kept if its label changes."""
        self.compared += 1
        self.before[_bin(change.probability_before)] += 1
        self.after[_bin(change.probability_after)] += 1
        if change.before != change.after:
            self.changes.append(change)


def compare_history(candidate: SpamFilter, storage: Storage, tenant: str, most: int) -> Comparison:
    """Compare the last verdicts of a tenant's history with what a candidate would say.

    Verdicts whose features are gone, or that a filter of other features gave, are left out.
    """
    with storage.read() as connection:
        kept = latest(connection, tenant, feature_space=candidate.feature_space, with_features=True)
        rows = list(islice((one for one in kept if one.features is not None), most))
        kept.close()
    found = Comparison()
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        logits = spam_logits(candidate, [MessageFeatures(row.features or b"") for row in part])
        for row, logit in zip(part, logits, strict=True):
            probability = 1.0 / (1.0 + math.exp(-max(logit, -700.0)))
            after = label_of(candidate, probability)
            at = datetime_of(row.at).isoformat(timespec="seconds")
            found.add(Change(row.id, at, row.label, after, row.probability, probability))
    return found


def compare_messages(
    before: SpamFilter, after: SpamFilter, messages: Iterable[tuple[str, Message]]
) -> Comparison:
    """Compare two filters on messages, each with its source."""
    found = Comparison()
    for part in _parts(messages):
        listed = [message for _, message in part]
        verdicts = zip(part, before.classify_many(listed), after.classify_many(listed), strict=True)
        for (source, _), old, new in verdicts:
            found.add(Change(source, "", old.label, new.label, old.probability, new.probability))
    return found


def label_of(spam_filter: SpamFilter, probability: float) -> str:
    """Return what a probability means under a filter's thresholds."""
    ham_below, spam_from = spam_filter.thresholds
    if probability >= spam_from:
        return "spam"
    return "ham" if probability < ham_below else "unsure"


def _parts(messages: Iterable[tuple[str, Message]]) -> Iterator[list[tuple[str, Message]]]:
    part = []
    for item in messages:
        part.append(item)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _bin(probability: float) -> int:
    return min(int(probability * _BINS), _BINS - 1)
