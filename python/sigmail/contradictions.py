"""Whether lessons contradict each other more than chance explains: wrong labels, in error or on purpose.

Each lesson is judged by the base and the lessons of the other folds. A hard message is judged wrong too, but
seldom with confidence; a wrong label is contradicted with the confidence that the right one would have had.
So the share of wrong labels is what the rate of errors comes down to where the confidence is highest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail.filter import SpamFilter
from sigmail.learning import STRENGTH, FloatArray, Lesson, distinct, fit_moves, moved_logits

__all__ = ["BORNE", "EVIDENCE", "Doubt", "cross_fitted_logits", "doubt"]

FOLDS = 10

LEAST_SLOPE = 0.8
"""How honest the cross-fitted logits are at the least: wrong labels make them look less sure than that."""

SLOPES = np.geomspace(LEAST_SLOPE, 3.0, 12)
SHARES = np.concatenate(([0.0], np.geomspace(0.004, 0.25, 24)))

BORNE = 0.018
"""The share of wrong labels that nobody is held up for: people err, and a long ledger shows it all."""

EVIDENCE = 1.0
"""Twice the logarithm of how much likelier the lessons are with wrong labels than with none. If the least
slope were the true one, chance would go beyond it in one clean ledger of six (half of the chi-squared
distribution, since a share cannot be negative: Self and Liang, 1987). Logits are more honest than that: of 60
clean ledgers of enron2's, from a base that knew nothing, none went beyond 0.2."""

CONTRADICTED = 2.0
"""A lesson whose label has less than 0.12 by all other lessons, a logit of 2, is shown as contradicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """What the lessons say of each other.

    Attributes
    ----------
    lessons : how many distinct ones there are
    wrong_labels : the share of wrong labels that explains them best
    allowed : the share that is borne, or that chance explains
    evidence : how clearly there are any, see `EVIDENCE`
    logits : (lessons,) each under the base and the lessons of the other folds
    contradicted : how many are contradicted with confidence
    """

    lessons: int
    wrong_labels: float
    allowed: float
    evidence: float
    logits: FloatArray
    contradicted: int

    @property
    def too_much(self) -> bool:
        """Whether more labels seem to be wrong than chance explains."""
        return self.wrong_labels > self.allowed


def doubt(
    base: SpamFilter,
    lessons: Sequence[Lesson],
    *,
    strength: float = STRENGTH,
    on_fold: Callable[[int], Any] = lambda _fold: None,
) -> Doubt:
    """Judge lessons by each other; `on_fold` hears which fold comes next."""
    chosen = distinct(lessons)
    found = cross_fitted_logits(base, chosen, strength=strength, on_fold=on_fold)
    signs = np.array([1.0 if lesson.is_spam else -1.0 for lesson in chosen])
    margins = signs * found
    share, evidence = _share_of_wrong_labels(margins)
    allowed = BORNE if evidence > EVIDENCE else max(BORNE, share)
    return Doubt(len(chosen), share, allowed, evidence, found, int(np.sum(margins < -CONTRADICTED)))


def cross_fitted_logits(
    base: SpamFilter,
    lessons: Sequence[Lesson],
    *,
    strength: float = STRENGTH,
    on_fold: Callable[[int], Any] = lambda _fold: None,
) -> FloatArray:
    """Return the calibrated logit of each lesson, (n_lessons,), under the lessons of other folds.

    The folds hang on the features alone, so that the same message is never on both sides.
    """
    folds = np.array([lesson.message_key()[0] % FOLDS for lesson in lessons], dtype=np.int64)
    found = np.zeros(len(lessons))
    for fold in range(FOLDS):
        on_fold(fold)
        kept, asked = (np.flatnonzero(rows).tolist() for rows in (folds != fold, folds == fold))
        moves = fit_moves(base, [lessons[row] for row in kept], strength=strength)
        found[asked] = moved_logits(base, moves, [lessons[row] for row in asked])
    return found


def _share_of_wrong_labels(margins: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the share e of the likeliest P(wrong | confidence t) = e + (1 - 2 e) sigmoid(-slope t).

    Parameters
    ----------
    margins : (n,) logits in favour of the given labels; below 0 the label is contradicted, by -margin

    Returns
    -------
    tuple of float
        The share, and twice the logarithm of its likelihood beside that of a share of 0.
    """
    if not len(margins):
        return 0.0, 0.0
    confidence, is_wrong = np.abs(margins), margins < 0.0
    by_chance = 1.0 / (1.0 + np.exp(np.minimum(SLOPES[:, np.newaxis] * confidence, 700.0)))
    wrong = SHARES[:, np.newaxis, np.newaxis] + (1.0 - 2.0 * SHARES[:, np.newaxis, np.newaxis]) * by_chance
    likelihood = np.where(is_wrong, np.log(np.maximum(wrong, 1e-300)), np.log1p(-wrong)).sum(axis=2)
    by_share = likelihood.max(axis=1)
    best = int(by_share.argmax())
    return float(SHARES[best]), float(2.0 * (by_share[best] - by_share[0]))
