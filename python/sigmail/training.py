"""Labelled messages -> a filter: features, weights, calibration and thresholds, each from data that fits it.

Probabilities and thresholds come from messages that the weights had not seen (cross-fitting by groups of
messages that say the same), so that they hold for new mail and not for the training mail alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from sigmail import _core
from sigmail.calibration import choose_thresholds, fit_platt
from sigmail.errors import InvalidValueError
from sigmail.evaluation import evaluate
from sigmail.filter import Message, SpamFilter, as_list, is_spam
from sigmail.network import NeuralNetworkClassifier
from sigmail.recipe import Algorithm, Classifier, Recipe

__all__ = ["MAX_FOLDS", "MIN_GROUPS", "Algorithm", "Recipe", "new_filter", "train_filter"]

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

MIN_GROUPS = 5
"""Distinct messages of each kind, at least: with fewer there is nothing left to calibrate on."""

MAX_FOLDS = 5

NEW_THRESHOLDS = 0.1, 0.9
"""Between these a filter that has learnt nothing is unsure."""


def new_filter(*, recipe: Recipe | None = None, seed: int | None = None) -> SpamFilter:
    """Return a filter that has learnt nothing: it says 0.5 of every message, and can learn on-line.

    Parameters
    ----------
    recipe
        What features it reads; one neuron on them, whatever the recipe's algorithm, since a network whose
        weights are all 0 cannot learn.
    seed
        Fixes the hash key; without it the key comes from the operating system.
    """
    vectorizer = (recipe or Recipe()).vectorizer(seed)
    vectorizer.fit([])
    weights = np.zeros((vectorizer.n_features_out_, 1), dtype=np.float32)
    layers = [(weights, np.zeros(1, dtype=np.float32), "sigmoid")]
    key, specification = vectorizer.hash_key_, vectorizer.specification_
    return SpamFilter(_core.Model.build(specification, key, layers, (1.0, 0.0), NEW_THRESHOLDS, "{}"))


def train_filter(
    messages: Iterable[Message],
    labels: Iterable[object],
    *,
    algorithm: Algorithm | None = None,
    groups: Sequence[int] | npt.NDArray[Any] | None = None,
    seed: int | None = None,
    recipe: Recipe | None = None,
    sources: Sequence[str] | None = None,
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
        ``"logistic"`` for one neuron, ``"network"`` for a small neural network; None for the recipe's, which
        is a neuron if none is given.
    groups
        Messages of one group never stand on both sides of a held-out split. By default those whose bodies
        are the same but for case, digits, spacing and punctuation are a group.
    seed
        Fixes the hash key and every random choice: the same messages in the same order give the same
        bytes. Without it the key comes from the operating system, which is what a filter in use wants.
    recipe
        The further choices.
    sources
        Where each message comes from; the held-out figures are then given a source as well.
    facts
        Stored in the model beside the facts of the training, for people to read; JSON-like.
    progress
        Called with steps done, steps in all, and what comes next.

    Raises
    ------
    InvalidValueError
        If labels and messages differ in number, a label or the algorithm is unknown, or a kind has too few
        messages.
    InvalidTypeError
        If one message is given in place of a list.
    """
    recipe = recipe or Recipe()
    if algorithm is not None:
        recipe = replace(recipe, algorithm=algorithm)
    messages = as_list(messages)
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
    calibration = fit_platt(logits, is_spam_row)
    probabilities = np.asarray(_core.sigmoid(calibration[0] * logits + calibration[1]))
    limits = recipe.max_false_positive_rate, recipe.max_miss_rate
    thresholds = choose_thresholds(is_spam_row, probabilities, *limits)

    report(folds + 1, folds + 2, "training on all messages")
    classifier = recipe.classifier(seed).fit(rows, is_spam_row)
    learnt: dict[str, Any] = {
        "algorithm": recipe.algorithm,
        "groups": len(np.unique(group_of_row)),
        "max_false_positive_rate": recipe.max_false_positive_rate,
        "max_miss_rate": recipe.max_miss_rate,
        "held_out": evaluate(is_spam_row, probabilities, *thresholds).as_dict(),
    }
    if sources is not None:
        learnt["held_out_by_source"] = _by_source(sources, is_spam_row, probabilities, thresholds)
    model = _core.Model.build(
        vectorizer.specification_,
        vectorizer.hash_key_,
        _layers(classifier),
        calibration,
        thresholds,
        json.dumps(learnt | (facts or {})),
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


def _by_source(
    sources: Sequence[str],
    is_spam_row: npt.NDArray[np.bool_],
    probabilities: FloatArray,
    thresholds: tuple[float, float],
) -> dict[str, dict[str, Any]]:
    """Return the held-out figures of each source that has both kinds."""
    if len(sources) != len(is_spam_row):
        raise InvalidValueError(f"got {len(is_spam_row)} messages and {len(sources)} sources")
    source_of_row = np.asarray(sources)
    rows = {source: source_of_row == source for source in dict.fromkeys(sources)}
    return {
        source: evaluate(is_spam_row[here], probabilities[here], *thresholds).as_dict()
        for source, here in rows.items()
        if 0 < is_spam_row[here].sum() < here.sum()
    }
