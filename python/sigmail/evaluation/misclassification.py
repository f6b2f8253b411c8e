"""Figures of order and of decision: which messages score above which, and what a threshold gets wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sigmail.errors import InvalidValueError
from sigmail.evaluation.checks import checked, checked_both, mid_ranks

__all__ = [
    "f1",
    "false_negative_rate",
    "false_positive_rate",
    "logistic_average_misclassification",
    "one_minus_auc_percent",
    "spam_missed_at_ham_loss",
]


def one_minus_auc_percent(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return (1 - AUC) in percent, 0 for a perfect order and 50 for a coin.

    AUC is the chance that a spam scores above a ham, a tie counting one half: the Mann-Whitney statistic,
    computed from mid-ranks. The TREC spam track calls this figure (1-ROCA)% (Cormack and Lynam, "TREC 2005
    Spam Track Overview").
    """
    is_spam, scores = checked_both(labels, probabilities)
    spam, ham = int(is_spam.sum()), int((~is_spam).sum())
    spam_above_ham = mid_ranks(scores)[is_spam].sum() - spam * (spam + 1) / 2.0
    return float(100.0 * (1.0 - spam_above_ham / (spam * ham)))


def spam_missed_at_ham_loss(labels: ArrayLike, probabilities: ArrayLike, ham_loss: float) -> float:
    """Return the least share of spam missed by any threshold that loses at most `ham_loss` of the ham.

    The TREC spam track's sm% at a fixed hm%. Only thresholds that exist are counted: nothing is interpolated
    between them, and one that takes nothing for spam (all missed) always exists.
    """
    if not 0.0 <= ham_loss <= 1.0:
        raise InvalidValueError(
            f"ham_loss {ham_loss} is outside [0, 1]: 0.01 allows one ham in a hundred to be lost"
        )
    is_spam, scores = checked_both(labels, probabilities)
    ham = np.sort(scores[~is_spam])
    allowed = int(np.floor(ham_loss * ham.size + 1e-9))  # 0.001 * 1000 must allow one, whatever it rounds to.
    if allowed >= ham.size:
        return 0.0
    highest_ham_kept = ham[ham.size - 1 - allowed]
    return float(np.mean(scores[is_spam] <= highest_ham_kept))


def false_positive_rate(labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5) -> float:
    """Return the share of ham, in [0, 1], that scores at or above `threshold`: good mail taken for spam."""
    is_spam, scores = checked_both(labels, probabilities)
    return float(np.mean(scores[~is_spam] >= threshold))


def false_negative_rate(labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5) -> float:
    """Return the share of spam, in [0, 1], that scores below `threshold`: spam that gets through."""
    is_spam, scores = checked_both(labels, probabilities)
    return float(np.mean(scores[is_spam] < threshold))


def logistic_average_misclassification(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5
) -> float:
    """Return the rate whose logit is the mean of the logits of the two error rates, in [0, 1].

    The TREC spam track's lam%, here as a share: it rewards neither side of the trade between lost ham and
    missed spam. A filter with one error rate of 0 has 0; one that says the same of every message has 0.5.
    """
    false_positive = false_positive_rate(labels, probabilities, threshold)
    false_negative = false_negative_rate(labels, probabilities, threshold)
    wrong = np.sqrt(false_positive * false_negative)
    right = np.sqrt((1.0 - false_positive) * (1.0 - false_negative))
    return float(wrong / (wrong + right)) if wrong + right > 0.0 else 0.5


def f1(labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5) -> float:
    """Return the harmonic mean of precision and recall of spam at `threshold`, 0 when no spam is found."""
    is_spam, scores = checked(labels, probabilities)
    called_spam = scores >= threshold
    true_positives = int(np.sum(called_spam & is_spam))
    called_or_spam = int(called_spam.sum()) + int(is_spam.sum())
    return 2.0 * true_positives / called_or_spam if called_or_spam else 0.0
