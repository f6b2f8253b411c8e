"""The ways in which a recipe is judged, each with its peers in the same run.

Content only; groups are bodies that say the same, and a test body that repeats a training body is removed.
Weights, calibration and thresholds come from training data alone. ``share`` takes a part of each corpus, for
trying a protocol out without a look at its figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from recipes.corpora import Item, read_items
from recipes.peers import Contestant, OnlinePeer, contestants, ours
from sigmail import _core, evaluation
from sigmail.corpus import LabelledMessage, content_alone, in_date_order
from sigmail.evaluation import Evaluation, OnlineLearner
from sigmail.filter import SpamFilter
from sigmail.recipe import Recipe
from sigmail.training import new_filter

__all__ = ["PROTOCOLS", "Protocol"]

SEED = 0
LEAST_CURVE = 30
LITTLE = (20, 50, 200)
MAIL_CORPORA = ("spamassassin", "enron-spam")
F1_CORPORA = ("spamassassin", "enron-spam", "sms-spam")

Record = dict[str, Any]
Protocol = Callable[[Recipe, float], Record]


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


def figures_of(contestant: Contestant, train: Part, test: Part) -> tuple[Evaluation, Record]:
    """Return the figures of a contestant, and what the record keeps of them."""
    start = time.perf_counter()
    judge, thresholds = contestant(train.messages, train.labels)
    seconds = time.perf_counter() - start
    found = evaluation.evaluate(test.labels, judge(test.messages), *thresholds)
    return found, found.as_dict() | {"trained_on": len(train.labels), "training_seconds": seconds}


def compared(recipe: Recipe, train: Part, test: Part) -> Record:
    """Return the figures of all contestants on one split."""
    found = contestants(recipe, SEED).items()
    return {name: figures_of(contestant, train, test)[1] for name, contestant in found}


def random_split(recipe: Recipe, share: float) -> Record:
    """Train on two thirds of SpamAssassin's groups, test on the third."""
    whole = read("spamassassin", share)
    train, test = evaluation.split_by_group(whole.groups, 1 / 3, SEED)
    return compared(recipe, whole.rows(train), whole.rows(test))


def one_corpus_out(recipe: Recipe, share: float) -> Record:
    """Train on one corpus of mail, test on the other, both ways."""
    first, second = (read(corpus, share) for corpus in MAIL_CORPORA)
    there, back = " -> ".join(MAIL_CORPORA), " -> ".join(reversed(MAIL_CORPORA))
    return {
        there: compared(recipe, first, second.without(first)),
        back: compared(recipe, second, first.without(second)),
    }


def on_line(recipe: Recipe, share: float) -> Record:
    """Judge and learn each mailbox of Enron in the order of its dates, from nothing."""
    found: Record = {}
    items = list(read_items("enron-spam"))[:: max(1, round(1.0 / share))]
    for box in sorted({item.mailbox for item in items}):
        stream = [
            LabelledMessage(item.message, "spam" if item.is_spam else "ham", item.source)
            for item in items
            if item.mailbox == box
        ]
        learners: dict[str, Callable[[], OnlineLearner]] = {
            "sigmail": lambda: new_filter(recipe=recipe, seed=SEED),
            "SGDClassifier": OnlinePeer,
        }
        found[box] = {name: _judged(make(), stream) for name, make in learners.items()}
    return found


def _judged(learner: OnlineLearner, stream: list[LabelledMessage]) -> Record:
    pairs = ((item.message, item.label) for item in in_date_order(iter(stream)))
    scored = evaluation.learn_on_line(learner, pairs)
    figures = evaluation.evaluate(scored.labels, scored.scores, 0.5, 0.5)
    return figures.as_dict() | {"stages": list(evaluation.stages(scored))}


def little_data(recipe: Recipe, share: float) -> Record:
    """Learn the first messages of a mailbox on top of a starter that knows no Enron; test on its rest."""
    base = read("spamassassin", share) + read("modern-mail", share)
    starter, _ = _starter(recipe, base)
    whole, found = read("enron-spam", share), {}
    for box in sorted(set(whole.mailboxes)):
        own = whole.rows([row for row, name in enumerate(whole.mailboxes) if name == box]).without(base)
        for count in LITTLE:
            chosen = _first_of_each(own, count // 2)
            lessons = own.rows(chosen)
            rest = own.rows(np.setdiff1d(np.arange(len(own.labels)), chosen)).without(lessons)
            found[f"{box}, {count} messages"] = _with_lessons(recipe, starter, base, lessons, rest)
    return found


def _starter(recipe: Recipe, base: Part) -> tuple[bytes, tuple[float, float]]:
    from sigmail.training import train_filter  # noqa: PLC0415 - Beside its only use.

    trained = train_filter(base.messages, [int(label) for label in base.labels], recipe=recipe, seed=SEED)
    return trained.to_bytes(), trained.thresholds


def _first_of_each(part: Part, count: int) -> np.ndarray[Any, Any]:
    """Return the rows of the first messages of each label, in their order."""
    labels = np.asarray(part.labels)
    first = [np.flatnonzero(labels == label)[:count] for label in (True, False)]
    return np.sort(np.concatenate(first))


def _with_lessons(recipe: Recipe, starter: bytes, base: Part, lessons: Part, rest: Part) -> Record:
    alone, taught = SpamFilter.from_bytes(starter), SpamFilter.from_bytes(starter)
    for message, label in zip(lessons.messages, lessons.labels, strict=True):
        taught.learn(message, int(label))
    found: Record = {}
    for name, learnt in (("starter alone", alone), ("starter and lessons", taught)):
        scores = learnt.probabilities(rest.messages)
        found[name] = evaluation.evaluate(rest.labels, scores, *learnt.thresholds).as_dict()
    for name, peer in contestants(recipe, SEED).items():
        if name != "sigmail":
            found[f"{name} on lessons"] = figures_of(peer, lessons, rest)[1]
            found[f"{name} on all"] = figures_of(peer, base + lessons, rest)[1]
    return found


def short_messages(recipe: Recipe, share: float) -> Record:
    """Test on each fifth of the distinct SMS, by group; the mean F1 over the folds."""
    whole = read("sms-spam", share)
    distinct = whole.rows(np.sort(np.unique(whole.groups, return_index=True)[1]))
    found: dict[str, list[float]] = {}
    for train, test in evaluation.folds_by_group(distinct.groups, 5, SEED):
        for name, contestant in contestants(recipe, SEED).items():
            found.setdefault(name, []).append(_f1(contestant, distinct.rows(train), distinct.rows(test)))
    return {name: {"f1": float(np.mean(values)), "folds": values} for name, values in found.items()}


def mean_f1(recipe: Recipe, share: float) -> Record:
    """Test on a random fifth of each of three corpora, by group."""
    found: Record = {}
    for corpus in F1_CORPORA:
        whole = read(corpus, share)
        train, test = evaluation.split_by_group(whole.groups, 0.2, SEED)
        for name, contestant in contestants(recipe, SEED).items():
            value = _f1(contestant, whole.rows(train), whole.rows(test))
            found.setdefault(name, {})[corpus] = value
    return {name: values | {"mean": float(np.mean(list(values.values())))} for name, values in found.items()}


def _f1(contestant: Contestant, train: Part, test: Part) -> float:
    """Return F1 at a probability of one half, as published figures have it."""
    judge, _ = contestant(train.messages, train.labels)
    return evaluation.f1(test.labels, judge(test.messages))


def calibration(recipe: Recipe, share: float) -> Record:
    """Return the calibration error on held-out groups of each corpus, then of each corpus by the other."""
    parts = {corpus: read(corpus, share) for corpus in MAIL_CORPORA}
    found: Record = {}
    for corpus, part in parts.items():
        train, test = evaluation.split_by_group(part.groups, 0.2, SEED)
        found[corpus] = _calibration_error(recipe, part.rows(train), part.rows(test))
    for trained, tested in (MAIL_CORPORA, tuple(reversed(MAIL_CORPORA))):
        test_part = parts[tested].without(parts[trained])
        found[f"{trained} -> {tested}"] = _calibration_error(recipe, parts[trained], test_part)
    return found


def _calibration_error(recipe: Recipe, train: Part, test: Part) -> float:
    return figures_of(ours(recipe, SEED), train, test)[0].expected_calibration_error


def learning_curve(recipe: Recipe, share: float) -> Record:
    """Return our figures on a third of SpamAssassin's groups after ever more of the rest."""
    whole = read("spamassassin", share)
    train, test = evaluation.split_by_group(whole.groups, 1 / 3, SEED)
    drawn = np.random.default_rng(SEED).permutation(train)

    def points() -> Iterator[tuple[str, Record]]:
        for part in (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0):
            rows = drawn[: round(part * len(drawn))]
            if part * len(drawn) < LEAST_CURVE:
                continue
            yield str(len(rows)), figures_of(ours(recipe, SEED), whole.rows(rows), whole.rows(test))[1]

    return dict(points())


PROTOCOLS: dict[str, Protocol] = {
    "random split": random_split,
    "one corpus out": one_corpus_out,
    "on-line": on_line,
    "little data": little_data,
    "SMS": short_messages,
    "mean F1": mean_f1,
    "calibration": calibration,
    "learning curve": learning_curve,
}
