"""All the figures of one filter on one set of messages."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sigmail.errors import InvalidValueError
from sigmail.evaluation import misclassification, probability
from sigmail.evaluation.checks import checked_both

__all__ = ["Evaluation", "evaluate"]


@dataclasses.dataclass(frozen=True, slots=True)
class Evaluation:
    """Every figure of one filter on one set of messages; rates are shares in [0, 1].

    ``confusion`` counts the verdicts of the two thresholds: ``{"spam": {"spam": …, "unsure": …, "ham": …},
    "ham": {…}}``, the true label first. A false positive is ham called spam, a false negative is spam called
    ham; what lies between the thresholds is unsure, and neither. F1 and lam count "spam" as the only catch.
    """

    messages: int
    spam: int
    ham: int
    ham_below: float
    spam_from: float
    one_minus_auc_percent: float
    false_positive_rate: float
    false_negative_rate: float
    ham_unsure_rate: float
    spam_unsure_rate: float
    spam_missed_at_ham_loss_0_1_percent: float
    spam_missed_at_ham_loss_1_percent: float
    f1: float
    logistic_average_misclassification: float
    log_loss: float
    brier_score: float
    expected_calibration_error: float
    confusion: dict[str, dict[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain numbers and dictionaries, ready for JSON."""
        return dataclasses.asdict(self)


def evaluate(labels: ArrayLike, probabilities: ArrayLike, ham_below: float, spam_from: float) -> Evaluation:
    """Return every figure of `probabilities` (n,) against `labels` (n,).

    Parameters
    ----------
    labels
        1 or ``"spam"``, 0 or ``"ham"``; both classes must be there.
    probabilities
        P(spam), in [0, 1].
    ham_below, spam_from
        The thresholds: ham below the first, spam from the second on, unsure between.

    Raises
    ------
    InvalidValueError
        The arrays do not fit, a value is out of range, a class is missing, or the thresholds are crossed.
    """
    if not 0.0 <= ham_below <= spam_from <= 1.0:
        raise InvalidValueError(
            f"thresholds {ham_below} and {spam_from}: 0 <= ham_below <= spam_from <= 1 must hold"
        )
    is_spam, scores = checked_both(labels, probabilities)
    verdicts = np.where(scores >= spam_from, "spam", np.where(scores < ham_below, "ham", "unsure"))
    confusion = {
        label: {verdict: int(np.sum(verdicts[mask] == verdict)) for verdict in ("spam", "unsure", "ham")}
        for label, mask in (("spam", is_spam), ("ham", ~is_spam))
    }
    spam, ham = int(is_spam.sum()), int((~is_spam).sum())
    return Evaluation(
        messages=spam + ham,
        spam=spam,
        ham=ham,
        ham_below=float(ham_below),
        spam_from=float(spam_from),
        one_minus_auc_percent=misclassification.one_minus_auc_percent(is_spam, scores),
        false_positive_rate=misclassification.false_positive_rate(is_spam, scores, spam_from),
        false_negative_rate=misclassification.false_negative_rate(is_spam, scores, ham_below),
        ham_unsure_rate=confusion["ham"]["unsure"] / ham,
        spam_unsure_rate=confusion["spam"]["unsure"] / spam,
        spam_missed_at_ham_loss_0_1_percent=misclassification.spam_missed_at_ham_loss(is_spam, scores, 0.001),
        spam_missed_at_ham_loss_1_percent=misclassification.spam_missed_at_ham_loss(is_spam, scores, 0.01),
        f1=misclassification.f1(is_spam, scores, spam_from),
        logistic_average_misclassification=misclassification.logistic_average_misclassification(
            is_spam, scores, spam_from
        ),
        log_loss=probability.log_loss(is_spam, probabilities),
        brier_score=probability.brier_score(is_spam, scores),
        expected_calibration_error=probability.expected_calibration_error(is_spam, scores),
        confusion=confusion,
    )
