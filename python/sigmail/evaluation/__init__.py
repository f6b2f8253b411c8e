"""How good a filter is: each figure a small pure function of labels and probabilities. NumPy only.

``labels`` are 1 (spam) and 0 (ham), booleans, or the words ``"spam"`` and ``"ham"``; ``probabilities`` are
P(spam) in [0, 1]; both have the shape (n,). A message counts as spam at or above a threshold. Every figure is
exact under ties and does not depend on the order of the messages.

>>> from sigmail.evaluation import evaluate, one_minus_auc_percent
>>> labels, probabilities = ["spam", "ham", "spam", "ham"], [0.9, 0.2, 0.6, 0.6]
>>> one_minus_auc_percent(labels, probabilities)
12.5
>>> evaluate(labels, probabilities, ham_below=0.3, spam_from=0.8).confusion["spam"]
{'spam': 1, 'unsure': 1, 'ham': 0}
"""

from __future__ import annotations

from sigmail.evaluation.misclassification import (
    f1,
    false_negative_rate,
    false_positive_rate,
    logistic_average_misclassification,
    one_minus_auc_percent,
    spam_missed_at_ham_loss,
)
from sigmail.evaluation.mistakes import Mistake, WorstMistakes
from sigmail.evaluation.online import OnlineLearner, Scored, learn_on_line, stages
from sigmail.evaluation.probability import (
    ReliabilityBin,
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability_bins,
)
from sigmail.evaluation.resampling import bootstrap_interval, paired_bootstrap
from sigmail.evaluation.splits import folds_by_group, split_by_date, split_by_group, split_by_name
from sigmail.evaluation.summary import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "Mistake",
    "OnlineLearner",
    "ReliabilityBin",
    "Scored",
    "WorstMistakes",
    "bootstrap_interval",
    "brier_score",
    "evaluate",
    "expected_calibration_error",
    "f1",
    "false_negative_rate",
    "false_positive_rate",
    "folds_by_group",
    "learn_on_line",
    "log_loss",
    "logistic_average_misclassification",
    "one_minus_auc_percent",
    "paired_bootstrap",
    "reliability_bins",
    "spam_missed_at_ham_loss",
    "split_by_date",
    "split_by_group",
    "split_by_name",
    "stages",
]
