"""Messages of the corpora as the protocols take them, with labels and groups, and their figures.

Groups are bodies that say the same. A ``share`` takes a part of each corpus, for trying a protocol out
without a look at its figures.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from recipes.corpora import Item, read_items
from recipes.peers import Contestant, Scorer
from sigmail import _core, evaluation
from sigmail.corpus import content_alone
from sigmail.evaluation import Evaluation

__all__ = ["SEED", "Part", "Record", "figures_of", "judged", "read"]

SEED = 0

Record = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Messages with their labels and their groups."""

    messages: list[bytes | str]
    labels: list[bool]
    groups: np.ndarray[Any, Any]
    mailboxes: list[str]

    @classmethod
    def of(cls, items: list[Item]) -> Part:
        """Reduce items to their content, and group them."""
        messages = [content_alone(item.message) for item in items]
        groups = np.array([_core.body_fingerprint(message) for message in messages], dtype=np.uint64)
        return cls(messages, [item.is_spam for item in items], groups, [item.mailbox for item in items])

    def rows(self, chosen: Any) -> Part:
        """Return some of the messages."""
        at = [int(row) for row in chosen]
        return Part(
            [self.messages[row] for row in at],
            [self.labels[row] for row in at],
            self.groups[at],
            [self.mailboxes[row] for row in at],
        )

    def distinct(self) -> Part:
        """Return the first message of each group."""
        return self.rows(np.sort(np.unique(self.groups, return_index=True)[1]))

    def without(self, other: Part) -> Part:
        """Return the messages whose groups the other part has not."""
        return self.rows(np.flatnonzero(~np.isin(self.groups, other.groups)))

    def __add__(self, other: Part) -> Part:
        groups = np.concatenate((self.groups, other.groups))
        boxes = self.mailboxes + other.mailboxes
        return Part(self.messages + other.messages, self.labels + other.labels, groups, boxes)


def read(corpus: str, share: float) -> Part:
    """Return a corpus, or every so manieth of its messages."""
    items = list(read_items(corpus))
    return Part.of(items[:: max(1, round(1.0 / share))])


def figures_of(name: str, contestant: Contestant, train: Part, test: Part) -> tuple[Evaluation, Record]:
    """Return the figures of a contestant, and what the record keeps of them."""
    start = time.perf_counter()
    judge, thresholds = contestant(train.messages, train.labels)
    seconds = time.perf_counter() - start
    found, record = judged(judge, thresholds, test)
    record |= {"trained_on": len(train.labels), "training_seconds": seconds}
    print(
        f"  {name:28} trained on {len(train.labels):6} in {seconds:5.1f} s, judged {found.messages:6}, "
        f"(1-AUC)% {found.one_minus_auc_percent:.4f}",
        file=sys.stderr,
        flush=True,
    )
    return found, record


def judged(judge: Scorer, thresholds: tuple[float, float], test: Part) -> tuple[Evaluation, Record]:
    """Return the figures of what gives probabilities, with its errors and F1 at a probability of one half."""
    scores = judge(test.messages)
    found = evaluation.evaluate(test.labels, scores, *thresholds)
    wrong = np.mean((np.asarray(scores) >= 0.5) != np.asarray(test.labels))
    at_half = {"errors_at_half": float(wrong), "f1_at_half": evaluation.f1(test.labels, scores)}
    return found, found.as_dict() | at_half
