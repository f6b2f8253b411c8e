"""Uses every public name of the library, for mypy and pyright to read: it is checked and never run.

What a caller relies on is asserted with its type; the other names stand in `ALL_THE_OTHERS`.
"""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import sigmail
import sigmail.filter
from sigmail import (
    calibration,
    contradictions,
    corpus,
    errors,
    evaluation,
    features,
    learning,
    logistic,
    losses,
    online,
    optimizers,
    recipe,
    report,
    selection,
    training,
)
from sigmail import filter as filters
from sigmail.network import NeuralNetworkClassifier

Floats = NDArray[np.float64]


def judge(message: sigmail.filter.Message) -> None:
    """Message in, verdict out."""
    spam_filter = sigmail.SpamFilter.default()
    verdict = spam_filter.classify(message, explain=3)
    assert_type(verdict, sigmail.Verdict)
    assert_type(verdict.label, filters.Label)
    assert_type(verdict.probability, float)
    assert_type(verdict.reasons, tuple[sigmail.Reason, ...])
    assert_type(verdict.truncated, bool)
    assert_type(verdict.reasons[0].token, str)
    assert_type(verdict.reasons[0].field, str)
    assert_type(verdict.reasons[0].weight, float)
    assert_type(spam_filter.classify_many([message]), list[sigmail.Verdict])
    assert_type(spam_filter.probabilities([message]), NDArray[np.float32])
    assert_type(spam_filter.thresholds, tuple[float, float])
    assert_type(spam_filter.identity, str)
    assert_type(spam_filter.facts, dict[str, Any])
    assert_type(spam_filter.explain(message), sigmail.Explanation)
    assert_type(spam_filter.passages(message), tuple[filters.Passage, ...])
    assert_type(sigmail.SpamFilter.from_bytes(spam_filter.to_bytes()), sigmail.SpamFilter)
    spam_filter.learn(message, "spam")
    spam_filter.save("my.sigmail")
    assert_type(sigmail.SpamFilter.load("my.sigmail", behind=True), sigmail.SpamFilter)
    assert_type(sigmail.SpamFilter.from_delta(spam_filter.to_delta(), spam_filter), sigmail.SpamFilter)
    assert_type(spam_filter.base, str | None)


def compute(row: Floats, single: NDArray[np.float32]) -> None:
    """The numeric core keeps the dtype."""
    assert_type(sigmail.sigmoid(row), Floats)
    assert_type(sigmail.sigmoid(single), NDArray[np.float32])
    assert_type(sigmail.sigmoid(0.0), float)
    sigmail.neuron(row, row, bias=-2.0)
    sigmail.network(row[None], [(row[:, None], row[:1])])
    assert_type(sigmail.__version__, str)
    assert_type(sigmail.build_info()["simd"], str)
    assert_type(losses.logistic_loss(row, row), Floats)
    assert_type(losses.logistic_loss_derivative(row, row), Floats)
    assert_type(losses.elastic_net(row, 0.0, 1.0), float)
    assert_type(losses.elastic_net_derivative(row, 0.0, 1.0), Floats)
    assert_type(optimizers.momentum_step(row, row, learning_rate=0.1), Floats)
    assert_type(optimizers.adam_step(row, row, row, 1, learning_rate=0.1), tuple[Floats, Floats, Floats])


def train(messages: list[filters.Message], labels: list[str]) -> None:
    """Labelled messages in, a filter out."""
    chosen = recipe.Recipe(algorithm="network", table_bits=12)
    assert_type(training.train_filter(messages, labels, recipe=chosen, seed=1), sigmail.SpamFilter)
    pairs = zip(messages, labels, strict=True)
    assert_type(training.train_from(pairs), sigmail.SpamFilter)
    assert_type(training.new_filter(seed=1), sigmail.SpamFilter)
    assert_type(selection.train_best(messages, labels, recipes=selection.CANDIDATES), sigmail.SpamFilter)
    assert_type(selection.train_best_from(lambda: [("hello", "ham")]), sigmail.SpamFilter)
    vectorizer = features.MessageVectorizer(table_bits=10, profile="portable")
    rows = vectorizer.fit_transform(messages)
    neuron: recipe.Classifier = logistic.LogisticClassifier(C=10.0, solver="dual").fit(rows, labels)
    layered: recipe.Classifier = NeuralNetworkClassifier((8,)).fit(rows, labels)
    neuron.predict_proba(rows).mean()
    layered.predict_proba(rows).mean()
    assert_type(calibration.fit_platt(rows, labels), tuple[float, float])
    assert_type(calibration.fit_isotonic(rows, labels), tuple[Floats, Floats])
    assert_type(calibration.choose_thresholds(labels, rows), tuple[float, float])


def catch(error: sigmail.SigmailError) -> None:
    """Every error is a SigmailError, and what Python calls it besides."""
    value: ValueError = sigmail.InvalidValueError()
    wrong_type: TypeError = sigmail.InvalidTypeError()
    unreadable: tuple[ValueError, ...] = (sigmail.ModelFileError(), sigmail.MessageError())
    if isinstance(error, sigmail.ModelFileError):
        raise error from (value, wrong_type, *unreadable)[0]


ALL_THE_OTHERS: tuple[object, ...] = (
    contradictions.BORNE,
    contradictions.EVIDENCE,
    contradictions.Doubt,
    contradictions.cross_fitted_logits,
    contradictions.doubt,
    corpus.MAX_MESSAGE_BYTES,
    corpus.Label,
    corpus.LabelledMessage,
    corpus.as_message,
    corpus.content_alone,
    corpus.in_date_order,
    corpus.looks_like_mail,
    corpus.message_date,
    corpus.parse_label,
    corpus.read_index,
    corpus.read_labelled,
    corpus.read_messages,
    corpus.read_stream,
    corpus.read_table,
    errors.InvalidTypeError,
    errors.InvalidValueError,
    errors.MessageError,
    errors.ModelFileError,
    errors.SigmailError,
    evaluation.Evaluation,
    evaluation.Mistake,
    evaluation.OnlineLearner,
    evaluation.ReliabilityBin,
    evaluation.Scored,
    evaluation.WorstMistakes,
    evaluation.bootstrap_interval,
    evaluation.brier_score,
    evaluation.evaluate,
    evaluation.expected_calibration_error,
    evaluation.f1,
    evaluation.false_negative_rate,
    evaluation.false_positive_rate,
    evaluation.folds_by_group,
    evaluation.learn_on_line,
    evaluation.log_loss,
    evaluation.logistic_average_misclassification,
    evaluation.one_minus_auc_percent,
    evaluation.paired_bootstrap,
    evaluation.reliability_bins,
    evaluation.spam_missed_at_ham_loss,
    evaluation.split_by_date,
    evaluation.split_by_group,
    evaluation.split_by_name,
    evaluation.stages,
    features.HASH_KEY_BYTES,
    features.SPECIFICATION_VERSION,
    filters.Answered,
    filters.Backlog,
    filters.Counted,
    filters.Explanation,
    filters.MessageFeatures,
    filters.Reason,
    filters.Replied,
    filters.Replies,
    filters.SpamFilter,
    filters.Verdict,
    filters.as_list,
    filters.base_of,
    filters.is_spam,
    filters.size_of_plain_request,
    learning.STRENGTH,
    learning.Lesson,
    learning.Moves,
    learning.SmallMoves,
    learning.distinct,
    learning.fit_moves,
    learning.improve,
    learning.logits,
    learning.moved_logits,
    learning.small,
    learning.with_spam_from,
    learning.with_trust,
    logistic.gradient_descent,
    online.OnlineNeuron,
    online.STEPS,
    report.write_report,
    training.MAX_FOLDS,
    training.MIN_GROUPS,
    training.Algorithm,
    training.Recipe,
    recipe.Algorithm,
)
