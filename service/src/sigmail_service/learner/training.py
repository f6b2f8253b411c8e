"""The one door to the library's learning: a base, lessons and a canary become a candidate with figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sigmail.contradictions import doubt
from sigmail.filter import MessageFeatures, SpamFilter
from sigmail.learning import STRENGTH, Lesson, distinct, improve, logits, with_spam_from
from sigmail_service.learner.thresholds import logit, losses_by_chance, spam_threshold

__all__ = ["Candidate", "Figures", "label_counts", "make_candidate", "spam_logits"]

_SLACK = 1.01
# Where good mail of the canary is lost, lessons are tried again with this share of their strength, so often.
_WEAKER = 1.0 / 3.0
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """What the gate looks at.

    Attributes
    ----------
    spam, ham : distinct lessons of each label
    right : how many of them the candidate judges right, at a probability of one half
    wrong_labels, wrong_labels_allowed : share of labels that seem to be wrong, and what chance explains
    contradicted : lessons whose label all the others contradict with confidence
    canary : messages of the canary
    lost_before, lost_after : how many of them the serving model and the candidate take for spam
    lost_allowed : how many the candidate may: as many as the serving model, or as chance explains
    spam_from : the candidate's threshold
    strength : of the lessons beside the base: `STRENGTH`, or less where the canary's good mail would be lost
    is_sane : whether the weights are finite, and no farther from the base than the lessons can bring them
    """

    spam: int
    ham: int
    right: int
    wrong_labels: float
    wrong_labels_allowed: float
    contradicted: int
    canary: int
    lost_before: int
    lost_after: int
    lost_allowed: int
    spam_from: float
    strength: float
    is_sane: bool


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A filter that may come to judge, and its figures."""

    spam_filter: SpamFilter
    figures: Figures


def make_candidate(
    base: SpamFilter,
    serving: SpamFilter,
    lessons: Iterable[tuple[MessageFeatures, str]],
    canary: Sequence[MessageFeatures],
    *,
    ham_loss: float,
    lessons_right: float,
    shares_table: bool = False,
) -> Candidate:
    """Return what a base becomes by lessons.

    Parameters
    ----------
    base
        What learning starts from: the same base and lessons give the same candidate.
    serving
        What the candidate is compared with; of the base's feature space.
    lessons
        The features and the label of each.
    canary
        Good mail.
    ham_loss
        The share of good mail that may be lost. Where the canary shows that it would be more, the candidate's
        threshold is raised, and where that does not help, its lessons count for less.
    lessons_right
        The share of the lessons that it has to judge right then.
    shares_table
        Whether the candidate has but its moves to itself, see `sigmail.learning.improve`.
    """
    chosen = _distinct(lessons)
    lost_before = _lost(serving, canary)
    allowed = max(lost_before, losses_by_chance(len(canary), ham_loss))
    candidate, strength = _learnt(
        base, chosen, canary, allowed=allowed, lessons_right=lessons_right, shares_table=shares_table
    )
    found = doubt(base, chosen)
    spam = sum(lesson.is_spam for lesson in chosen)
    figures = Figures(
        spam=spam,
        ham=len(chosen) - spam,
        right=_right(candidate, chosen),
        wrong_labels=found.wrong_labels,
        wrong_labels_allowed=found.allowed,
        contradicted=found.contradicted,
        canary=len(canary),
        lost_before=lost_before,
        lost_after=_lost(candidate, canary),
        lost_allowed=allowed,
        spam_from=candidate.thresholds[1],
        strength=strength,
        is_sane=_is_sane(base, candidate, chosen, strength),
    )
    return Candidate(candidate, figures)


def _learnt(
    base: SpamFilter,
    lessons: Sequence[Lesson],
    canary: Sequence[MessageFeatures],
    *,
    allowed: int,
    lessons_right: float,
    shares_table: bool,
) -> tuple[SpamFilter, float]:
    """Return the base with the lessons as strong as the canary bears, and how strong they are.

    Where it bears them only so weak that too few are right, nothing is gained: they keep their full strength.
    """
    if not lessons:
        return base, STRENGTH
    tried: list[tuple[SpamFilter, float]] = []
    for power in range(_TRIES):
        strength = STRENGTH * _WEAKER**power
        learnt = improve(base, lessons, strength=strength, shares_table=shares_table)
        if tried and _right(learnt, lessons) < lessons_right * len(lessons):
            break
        spam_from = spam_threshold(spam_logits(learnt, canary), base.thresholds[1], allowed)
        tried.append((with_spam_from(learnt, spam_from), strength))
        if _lost(tried[-1][0], canary) <= allowed:
            return tried[-1]
    return tried[0]


def _right(spam_filter: SpamFilter, lessons: Sequence[Lesson]) -> int:
    """Return how many lessons a filter judges right, at a probability of one half."""
    truth = np.array([lesson.is_spam for lesson in lessons], dtype=bool)
    return int(np.sum((logits(spam_filter, lessons) >= 0.0) == truth))


def spam_logits(spam_filter: SpamFilter, features: Sequence[MessageFeatures]) -> list[float]:
    """Return the calibrated logits of messages that a filter's features are known of."""
    return [
        float(one) for one in logits(spam_filter, [Lesson(f.slots, f.values, is_spam=True) for f in features])
    ]


def label_counts(lessons: Iterable[tuple[MessageFeatures, str]]) -> dict[str, int]:
    """Return how many distinct lessons there are of each label."""
    chosen = _distinct(lessons)
    spam = sum(lesson.is_spam for lesson in chosen)
    return {"spam": spam, "ham": len(chosen) - spam}


def _distinct(lessons: Iterable[tuple[MessageFeatures, str]]) -> list[Lesson]:
    """Return each lesson once; an empty message, which no weight can speak for, teaches nothing."""
    return distinct(
        Lesson(one.slots, one.values, label == "spam") for one, label in lessons if len(one.slots)
    )


def _lost(spam_filter: SpamFilter, ham: Sequence[MessageFeatures]) -> int:
    limit = logit(spam_filter.thresholds[1])
    return sum(one >= limit for one in spam_logits(spam_filter, ham))


def _is_sane(base: SpamFilter, candidate: SpamFilter, lessons: Sequence[Lesson], strength: float) -> bool:
    """Check what holds for each solution: half its squared length is at most the loss that it began with."""
    moves = candidate.core.layers()[0][0].astype(np.float64) - base.core.layers()[0][0]
    length = candidate.core.calibration[0] * float(np.linalg.norm(moves))
    signs = np.array([1.0 if lesson.is_spam else -1.0 for lesson in lessons])
    loss = float(np.logaddexp(0.0, -signs * logits(base, lessons)).sum())
    return math.isfinite(length) and length <= _SLACK * math.sqrt(2.0 * strength * loss) + 1e-6
