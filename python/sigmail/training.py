"""Labelled messages -> a filter: features, weights, calibration and thresholds, each from data that fits it.

Probabilities and thresholds come from messages that the weights had not seen (cross-fitting by groups of
messages that say the same), so that they hold for new mail and not for the training mail alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from sigmail import _core
from sigmail.calibration import choose_thresholds, fit_platt
from sigmail.errors import InvalidValueError
from sigmail.evaluation import Evaluation, evaluate
from sigmail.features import MessageVectorizer
from sigmail.filter import Message, SpamFilter, is_spam
from sigmail.logistic import LogisticClassifier
from sigmail.network import NeuralNetworkClassifier

__all__ = ["MIN_GROUPS", "Recipe", "train_filter"]

FloatArray = npt.NDArray[np.float64]
Algorithm = Literal["logistic", "network"]
Progress = Callable[[int, int, str], None]
Classifier = LogisticClassifier | NeuralNetworkClassifier

MIN_GROUPS = 5
"""Distinct messages of each kind, at least: with fewer there is nothing left to calibrate on."""

MAX_FOLDS = 5


@dataclass(frozen=True)
class Recipe:
    """How a filter is trained; the defaults are those of the starter model.

    Attributes
    ----------
    algorithm
        ``"logistic"``: one neuron. ``"network"``: hidden layers before it.
    C
        The inverse of the penalty on the weights, as in scikit-learn; of the neuron.
    hidden_layer_sizes
        Neurons of each hidden layer; of the network.
    epochs
        Passes over the messages; of the network.
    table_bits
        The table has 2 ** table_bits slots; None takes 18 for a neuron and 15 for a network, whose table
        has a column a hidden neuron.
    word_pairs, gram_lengths, gram_prefix
        See :class:`~sigmail.features.MessageVectorizer`.
    max_false_positive_rate
        ``spam_from`` is chosen so that no larger share of held-out ham is called spam.
    max_miss_rate
        ``ham_below`` is chosen so that no larger share of held-out spam is called ham.
    """

    algorithm: Algorithm = "logistic"
    C: float = 100.0
    hidden_layer_sizes: tuple[int, ...] = (16,)
    epochs: int = 10
    table_bits: int | None = None
    word_pairs: bool = False
    gram_lengths: tuple[int, ...] = (3, 4)
    gram_prefix: int = 3000
    max_false_positive_rate: float = 0.001
    max_miss_rate: float = 0.01

    def vectorizer(self, seed: int | None) -> MessageVectorizer:
        """Return an unfitted vectorizer; without a seed it will draw its key from the operating system."""
        bits = self.table_bits if self.table_bits is not None else {"logistic": 18, "network": 15}[self.algorithm]
        return MessageVectorizer(
            table_bits=bits,
            word_pairs=self.word_pairs,
            gram_lengths=self.gram_lengths,
            gram_prefix=self.gram_prefix,
            random_state=seed,
        )

    def classifier(self, seed: int | None) -> Classifier:
        """Return an unfitted classifier."""
        if self.algorithm == "logistic":
            return LogisticClassifier(C=self.C, max_iter=1000, tol=1e-5)
        return NeuralNetworkClassifier(
            hidden_layer_sizes=self.hidden_layer_sizes, max_iter=self.epochs, random_state=seed or 0
        )


def train_filter(
    messages: Iterable[Message],
    labels: Iterable[object],
    *,
    algorithm: Algorithm = "logistic",
    groups: Sequence[int] | npt.NDArray[Any] | None = None,
    seed: int | None = None,
    recipe: Recipe | None = None,
    facts: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> SpamFilter:
    """Train a filter on labelled messages.

    Parameters
    ----------
    messages
        Raw mails (``bytes``) and plain texts (``str``), mixed as you like.
    labels
        ``"spam"`` or ``"ham"`` (1 and 0 are taken too), one a message.
    algorithm
        ``"logistic"`` for one neuron, ``"network"`` for a small neural network.
    groups
        Messages of one group never stand on both sides of a held-out split. By default those whose bodies
        are the same but for case, digits, spacing and punctuation are a group.
    seed
        Fixes the hash key and every random choice: the same messages in the same order give the same
        bytes. Without it the key comes from the operating system, which is what a filter in use wants.
    recipe
        The further choices; ``algorithm`` overrides the recipe's.
    facts
        Stored in the model beside the facts of the training, for people to read; JSON-like.
    progress
        Called with steps done, steps in all, and what comes next.

    Raises
    ------
    InvalidValueError
        If labels and messages differ in number, a label is unknown, or a kind has too few messages.
    """
    recipe = replace(recipe or Recipe(), algorithm=algorithm)
    messages = list(messages)
    is_spam_row = np.array([is_spam(label) for label in labels], dtype=bool)
    if len(messages) != len(is_spam_row):
        raise InvalidValueError(f"got {len(messages)} messages and {len(is_spam_row)} labels")
    group_of_row = _groups(messages, groups)
    folds = _count_folds(is_spam_row, group_of_row)
    report = progress or (lambda _done, _total, _text: None)

    report(0, folds + 2, "reading the messages")
    vectorizer = recipe.vectorizer(seed)
    rows = vectorizer.fit_transform(messages)

    logits = np.zeros(len(messages))
    splits = StratifiedGroupKFold(folds, shuffle=True, random_state=seed or 0)
    for fold, (train, test) in enumerate(splits.split(rows, is_spam_row, group_of_row)):
        report(fold + 1, folds + 2, f"training to calibrate, {fold + 1} of {folds}")
        classifier = recipe.classifier(seed).fit(rows[train], is_spam_row[train])
        logits[test] = classifier.decision_function(rows[test])
    slope, intercept = fit_platt(logits, is_spam_row)
    probabilities = np.asarray(_core.sigmoid(slope * logits + intercept))
    thresholds = choose_thresholds(
        is_spam_row, probabilities, recipe.max_false_positive_rate, recipe.max_miss_rate
    )

    report(folds + 1, folds + 2, "training on all messages")
    classifier = recipe.classifier(seed).fit(rows, is_spam_row)
    held_out = evaluate(is_spam_row, probabilities, *thresholds)
    learnt = _facts(recipe, group_of_row, held_out) | (facts or {})
    model = _core.Model.build(
        vectorizer.specification_,
        vectorizer.hash_key_,
        _layers(classifier),
        (slope, intercept),
        thresholds,
        json.dumps(learnt),
    )
    report(folds + 2, folds + 2, "done")
    return SpamFilter(model)


def _groups(messages: list[Message], groups: Sequence[int] | npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    if groups is None:
        groups = np.array([_core.body_fingerprint(message) for message in messages], dtype=np.uint64)
    if len(groups) != len(messages):
        raise InvalidValueError(f"got {len(messages)} messages and {len(groups)} groups")
    numbers: npt.NDArray[Any] = np.unique(np.asarray(groups), return_inverse=True)[1]
    return numbers


def _count_folds(is_spam_row: npt.NDArray[np.bool_], group_of_row: npt.NDArray[Any]) -> int:
    """Return how many folds the rarer kind allows, each with some of both kinds."""
    counts = {
        "spam": len(np.unique(group_of_row[is_spam_row])),
        "ham": len(np.unique(group_of_row[~is_spam_row])),
    }
    for kind, count in counts.items():
        if count < MIN_GROUPS:
            raise InvalidValueError(
                f"training needs at least {MIN_GROUPS} distinct messages of each kind, got {count} of {kind}"
            )
    return min(MAX_FOLDS, *counts.values())


def _layers(classifier: Classifier) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], str]]:
    """Return the classifier's weights as a model file holds them."""
    if isinstance(classifier, NeuralNetworkClassifier):
        layers = classifier.layers_
    else:
        layers = [(classifier.coef_.T, classifier.intercept_, "sigmoid")]
    return [
        (np.ascontiguousarray(weights, dtype=np.float32), np.asarray(bias, dtype=np.float32), activation)
        for weights, bias, activation in layers
    ]


def _facts(recipe: Recipe, group_of_row: npt.NDArray[Any], held_out: Evaluation) -> dict[str, Any]:
    """Return what the model file says of its training."""
    return {
        "algorithm": recipe.algorithm,
        "spam": held_out.spam,
        "ham": held_out.ham,
        "groups": len(np.unique(group_of_row)),
        "max_false_positive_rate": recipe.max_false_positive_rate,
        "max_miss_rate": recipe.max_miss_rate,
        "held_out": held_out.as_dict(),
    }
