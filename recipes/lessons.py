"""The protocols of learning message by message, and from few messages: our filter's and its peers'."""

from __future__ import annotations

import sys
import tempfile

import numpy as np

from recipes.corpora import Item, read_items
from recipes.parts import SEED, Part, Record, figures_of, judged, read
from recipes.peers import OnlineBogofilter, OnlinePeer, contestants
from sigmail import evaluation
from sigmail.corpus import LabelledMessage, in_date_order
from sigmail.evaluation import OnlineLearner
from sigmail.filter import SpamFilter
from sigmail.learning import Lesson, improve, with_trust
from sigmail.online import OnlineNeuron
from sigmail.recipe import Recipe
from sigmail.training import new_filter, train_filter

__all__ = ["LITTLE", "little_data", "on_line"]

LITTLE = (20, 50, 200)

TRUST = 0.35
"""How far the starter is believed where the mailbox is known to be a stranger to it; chosen on enron1, enron2
and SpamAssassin's mail, the last with a starter of Enron's and modern mail."""

KNOWN_EVERY = 5
"""Of the mail that the starter learnt, every so manieth is judged again after the lessons."""


def on_line(recipe: Recipe, share: float) -> Record:
    """Judge and learn each mailbox of Enron in the order of its dates, from nothing."""
    found: Record = {}
    items = list(read_items("enron-spam"))[:: max(1, round(1.0 / share))]
    for box in sorted({item.mailbox for item in items}):
        stream = [_labelled(item) for item in items if item.mailbox == box]
        with tempfile.TemporaryDirectory() as folder:
            learners = _learners(recipe, folder).items()
            found[box] = {name: _learnt(f"{box}, {name}", learner, stream) for name, learner in learners}
    return found


def _learners(recipe: Recipe, folder: str) -> dict[str, OnlineLearner]:
    learners: dict[str, OnlineLearner] = {
        "sigmail": OnlineNeuron(recipe=recipe, seed=SEED),
        "sigmail, single steps": new_filter(recipe=recipe, seed=SEED),
        "SGDClassifier": OnlinePeer(),
    }
    if program := OnlineBogofilter.program():
        learners["bogofilter"] = OnlineBogofilter(program, folder)
    return learners


def _labelled(item: Item) -> LabelledMessage:
    return LabelledMessage(item.message, "spam" if item.is_spam else "ham", item.source)


def _learnt(name: str, learner: OnlineLearner, stream: list[LabelledMessage]) -> Record:
    pairs = ((item.message, item.label) for item in in_date_order(iter(stream)))
    scored = evaluation.learn_on_line(learner, pairs)
    figures = evaluation.evaluate(scored.labels, scored.scores, 0.5, 0.5)
    print(
        f"  {name}: (1-AUC)% {figures.one_minus_auc_percent:.4f}, "
        f"spam missed at 0.1 % ham loss {figures.spam_missed_at_ham_loss_0_1_percent:.2%}",
        file=sys.stderr,
        flush=True,
    )
    return figures.as_dict() | {"stages": list(evaluation.stages(scored))}


def little_data(recipe: Recipe, share: float) -> Record:
    """Learn the first messages of a mailbox on top of a starter that knows no Enron; test on its rest."""
    base = read("spamassassin", share) + read("modern-mail", share)
    labels = [int(label) for label in base.labels]
    starter = train_filter(base.messages, labels, recipe=recipe, seed=SEED)
    whole, found = _read_in_date_order(share), {}
    for box in sorted(set(whole.mailboxes)):
        own = whole.rows([row for row, name in enumerate(whole.mailboxes) if name == box]).without(base)
        for count in LITTLE:
            chosen = _first_of_each(own, count // 2)
            lessons = own.rows(chosen)
            rest = own.rows(np.setdiff1d(np.arange(len(own.labels)), chosen)).without(lessons)
            found[f"{box}, {count} messages"] = _with_lessons(recipe, starter, base, lessons, rest)
    return found


def _read_in_date_order(share: float) -> Part:
    items = list(read_items("enron-spam"))[:: max(1, round(1.0 / share))]
    place = {item.source: item for item in items}
    ordered = in_date_order(_labelled(item) for item in items)
    return Part.of([place[labelled.source] for labelled in ordered])


def _first_of_each(part: Part, count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the rows of the first messages of each label, in their order."""
    labels = np.asarray(part.labels)
    first = [np.flatnonzero(labels == label)[:count] for label in (True, False)]
    return np.sort(np.concatenate(first))


def _with_lessons(recipe: Recipe, starter: SpamFilter, base: Part, lessons: Part, rest: Part) -> Record:
    features = (found for _, found in starter.classify_many_with_features(lessons.messages))
    given = [
        Lesson(one.slots, one.values, label) for one, label in zip(features, lessons.labels, strict=True)
    ]
    judges = {
        "starter alone": starter,
        "starter and lessons": improve(starter, given),
        f"starter believed to {TRUST}, and lessons": improve(with_trust(starter, TRUST), given),
    }
    found: Record = {}
    known = base.rows(range(0, len(base.labels), KNOWN_EVERY))
    for name, learnt in judges.items():
        for kind, test in ((name, rest), (f"{name}, on what the starter learnt", known)):
            found[kind] = judged(learnt.probabilities, learnt.thresholds, test)[1]
            print(
                f"  {kind}: errors at one half {found[kind]['errors_at_half']:.2%}",
                file=sys.stderr,
                flush=True,
            )
    for name, peer in contestants(recipe, SEED).items():
        if name != "sigmail":
            for kind, train in (("lessons", lessons), ("all", base + lessons)):
                full = f"{name} on {kind}"
                found[full] = figures_of(full, peer, train, rest)[1]
    return found
