"""The fixed splits of public mail, and a filter measured on one.

A test body that repeats a training body is removed. Weights, calibration and thresholds come from the
training part alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recipes.corpora import Mail, read_corpus
from recipes.mailing_lists import groups_by_list
from sigmail import _core
from sigmail.evaluation import Evaluation, evaluate
from sigmail.recipe import Recipe
from sigmail.training import train_filter

__all__ = ["Split", "enron_split", "measure", "set_split", "set_split_with_others"]

SEED = 0
ENRON_TRAIN, ENRON_TEST = 12_000, 6_000
OTHERS = {"modern-mail": 1.0, "enron-spam": 0.005}


@dataclass(frozen=True)
class Split:
    """Mail to train on and to test on; what each of the first counts, and what its folds keep together."""

    train: list[Mail]
    test: list[Mail]
    weights: list[float] | None = None
    groups: npt.NDArray[np.uint64] | None = None

    def part(self, every: int) -> Split:
        """Return every so manieth of the mails."""
        weights = None if self.weights is None else self.weights[::every]
        groups = None if self.groups is None else self.groups[::every]
        return Split(self.train[::every], self.test[::every], weights, groups)


def set_split() -> Split:
    """Train on SpamAssassin's easy_ham and spam, test on its three later sets.

    The folds that choose the thresholds keep a mailing list together: the later sets are of other kinds.
    """
    mails = list(read_corpus("spamassassin"))
    train = [mail for mail in mails if mail.folder in {"easy_ham", "spam"}]
    test = [mail for mail in mails if mail.folder in {"easy_ham_2", "hard_ham", "spam_2"}]
    seen = _prints(train)
    test = [mail for mail in test if _core.body_fingerprint(mail.message) not in seen]
    return Split(train, test, groups=groups_by_list(train))


def set_split_with_others() -> Split:
    """Return the set split with modern mail and a little of Enron to train on as well.

    The weight of Enron was chosen by five folds of easy_ham and spam that keep a mailing list together: its
    spam teaches much, and its ham, the mail of one company, soon too much.
    """
    split = set_split()
    train, weights, tested = list(split.train), [1.0] * len(split.train), _prints(split.test)
    groups = [groups_by_list(train)]
    for corpus, weight in OTHERS.items():
        mails = [mail for mail in read_corpus(corpus) if _core.body_fingerprint(mail.message) not in tested]
        train += mails
        weights += [weight] * len(mails)
        groups.append(np.array([_core.body_fingerprint(mail.message) for mail in mails], dtype=np.uint64))
    return Split(train, split.test, weights, np.concatenate(groups))


def _prints(mails: Iterable[Mail]) -> set[int]:
    return {_core.body_fingerprint(mail.message) for mail in mails}


def enron_split() -> Split:
    """Train on 12,000 and test on 6,000 mails of Enron-Spam, drawn by a seed from its distinct bodies."""
    distinct: dict[int, Mail] = {}
    for mail in read_corpus("enron-spam"):
        distinct.setdefault(_core.body_fingerprint(mail.message), mail)
    mails = list(distinct.values())
    drawn = np.random.default_rng(SEED).permutation(len(mails))[: ENRON_TRAIN + ENRON_TEST]
    return Split([mails[at] for at in drawn[:ENRON_TRAIN]], [mails[at] for at in drawn[ENRON_TRAIN:]])


def measure(split: Split, recipe: Recipe | None = None) -> tuple[Evaluation, dict[str, float]]:
    """Train on one part; return the figures on the other, the share wrong at one half, and the seconds."""
    start, train, test = time.perf_counter(), split.train, split.test
    trained = train_filter(
        [mail.message for mail in train],
        [int(mail.is_spam) for mail in train],
        sample_weight=split.weights,
        groups=split.groups,
        seed=SEED,
        recipe=recipe,
    )
    seconds = time.perf_counter() - start
    probabilities = trained.probabilities([mail.message for mail in test])
    labels = np.array([mail.is_spam for mail in test])
    wrong = float(np.mean((probabilities >= 0.5) != labels))
    figures = evaluate(labels, probabilities, *trained.thresholds)
    return figures, {"errors_at_half": wrong, "training_seconds": seconds}
