"""The contest behind ``sigmail compare``: one split, the same features, and each contestant's figures."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.neural_network import MLPClassifier

from sigmail import evaluation
from sigmail._core import body_fingerprint
from sigmail.commands._inputs import LabelledInput
from sigmail.commands._progress import Progress
from sigmail.errors import InvalidValueError
from sigmail.recipe import Recipe

__all__ = ["CurvePoint", "Result", "Split", "contestants", "learning_curve", "measure", "split_messages"]

_FOLDS = 4

_SHARES = (0.125, 0.25, 0.5, 1.0)
"""Of the messages to train on, for the learning curve."""


@dataclass(frozen=True, slots=True)
class Split:
    """The same rows for every contestant: CSR features, labels of 1 (spam) and 0 (ham)."""

    train_features: Any
    train_labels: Any
    test_features: Any
    test_labels: Any
    groups: int
    train_groups: Any


@dataclass(frozen=True, slots=True)
class Result:
    """How one contestant did on the held-out messages; F1 and ham lost count from a probability of 0.5."""

    name: str
    one_minus_auc_percent: float
    spam_missed_at_ham_loss_1_percent: float
    ham_lost: float
    f1: float
    log_loss: float
    fit_seconds: float
    predict_seconds: float


def contestants(seed: int, rows: int) -> dict[str, Any]:
    """Return ours as `sigmail train` sets them, and scikit-learn's, set alike where they are alike.

    Those of one kind stand beside one another: ours, then theirs.
    """
    neuron: Any = Recipe(algorithm="logistic").classifier(seed)
    network: Any = Recipe(algorithm="network").classifier(seed)
    return {
        "our neuron": neuron,
        # Where the classes nearly part, its gradient is small long before its weights have arrived.
        "LogisticRegression": LogisticRegression(
            C=neuron.C, fit_intercept=neuron.fit_intercept, max_iter=neuron.max_iter, tol=1e-8
        ),
        "our network": network,
        "MLPClassifier": MLPClassifier(
            network.hidden_layer_sizes,
            activation=network.activation,
            alpha=network.alpha * network.batch_size,  # It divides its penalty by the size of the batch.
            batch_size=network.batch_size,
            learning_rate_init=network.learning_rate,
            max_iter=network.max_iter,
            tol=network.tol,
            n_iter_no_change=network.n_iter_no_change,
            random_state=seed,
        ),
        # Its alpha stands beside the mean loss, C beside the sum: this is the same penalty.
        "SGDClassifier": SGDClassifier(
            loss="log_loss",
            alpha=1.0 / (neuron.C * rows),
            fit_intercept=neuron.fit_intercept,
            random_state=seed,
        ),
        "MultinomialNB": MultinomialNB(),
    }


def split_messages(labelled: LabelledInput, seed: int, progress: Progress) -> Split:
    """Read the messages, hold a quarter of their groups out, and turn all into features."""
    found = labelled.read(lambda count: progress(count, 0, "Reading"))
    progress(0, 0, "Splitting")
    labels = np.array([item.label == "spam" for item in found], dtype=np.int64)
    groups = np.array([body_fingerprint(item.message) for item in found], dtype=np.uint64)
    for label, name in ((1, "spam"), (0, "ham")):
        count = len(np.unique(groups[labels == label]))
        if count < _FOLDS:
            raise InvalidValueError(f"{count} different {name} messages: a comparison needs {_FOLDS} or more")
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    train, test = next(folds.split(labels, labels, groups))
    for side, rows in (("train on", train), ("hold out", test)):
        if len(np.unique(labels[rows])) < 2:
            raise InvalidValueError(
                f"the messages to {side} have one label only: give more messages, or another --seed"
            )
    vectorizer = Recipe(algorithm="network").vectorizer(seed)
    progress(0, 0, "Reading words")
    train_features = vectorizer.fit_transform([found[row].message for row in train])
    test_features = vectorizer.transform([found[row].message for row in test])
    # A column that training never shows teaches nobody anything, and costs scikit-learn's network most.
    seen = np.unique(train_features.indices)
    return Split(
        train_features[:, seen],
        labels[train],
        test_features[:, seen],
        labels[test],
        len(np.unique(groups)),
        groups[train],
    )


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How our neuron does on the held-out messages when it has learnt so many."""

    messages: int
    one_minus_auc_percent: float
    f1: float


def learning_curve(split: Split, seed: int) -> list[CurvePoint]:
    """Train our neuron on growing parts of the messages, each of which holds the one before.

    Copies of a message come in together, and a part with one label alone is left out. A curve that still
    falls at its end says that more messages would help.
    """
    groups = np.random.default_rng(seed).permutation(np.unique(split.train_groups))
    points = []
    for share in _SHARES:
        rows = np.flatnonzero(np.isin(split.train_groups, groups[: round(share * len(groups))]))
        if len(np.unique(split.train_labels[rows])) < 2:
            continue
        part = replace(
            split, train_features=split.train_features[rows], train_labels=split.train_labels[rows]
        )
        found = measure("our neuron", Recipe(algorithm="logistic").classifier(seed), part)
        points.append(CurvePoint(len(rows), found.one_minus_auc_percent, found.f1))
    return points


def measure(name: str, classifier: Any, split: Split) -> Result:
    """Train one contestant, let it predict, and take its figures and its times."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # All of them get the same number of passes.
        start = time.perf_counter()
        classifier.fit(split.train_features, split.train_labels)
        fitted = time.perf_counter()
    scores = classifier.predict_proba(split.test_features)[:, 1]
    predicted = time.perf_counter()
    labels = split.test_labels
    return Result(
        name=name,
        one_minus_auc_percent=evaluation.one_minus_auc_percent(labels, scores),
        spam_missed_at_ham_loss_1_percent=evaluation.spam_missed_at_ham_loss(labels, scores, 0.01),
        ham_lost=evaluation.false_positive_rate(labels, scores),
        f1=evaluation.f1(labels, scores),
        log_loss=evaluation.log_loss(labels, scores),
        fit_seconds=fitted - start,
        predict_seconds=predicted - fitted,
    )
