"""Labelled messages -> a filter: features, weights, calibration and thresholds, each from data that fits it.

Probabilities and thresholds come from messages that the weights had not seen (cross-fitting by groups of
messages that say the same), so that they hold for new mail and not for the training mail alone.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail._cross_fitting import MIN_GROUPS, FoldedRows, assign_folds, cross_fit
from sigmail._decisions import decide
from sigmail._initial_layers import Layers
from sigmail._shards import MEMORY_BYTES, ShardStore
from sigmail.errors import InvalidValueError
from sigmail.evaluation import evaluate
from sigmail.features import MessageVectorizer
from sigmail.filter import Message, SpamFilter, as_list, is_spam
from sigmail.recipe import Algorithm, Recipe

__all__ = ["MAX_FOLDS", "MIN_GROUPS", "Algorithm", "Recipe", "new_filter", "train_filter", "train_from"]

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

MAX_FOLDS = 5

BATCH_MESSAGES, BATCH_BYTES = 256, 16 << 20
"""Messages are turned to features when so many, or so many bytes of them, have gathered."""

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
    sample_weight: Sequence[float] | npt.NDArray[Any] | None = None,
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
    sample_weight
        How much each message counts in the learning, (n,) of values above 0; by default each counts 1.
        The probabilities and thresholds count every message alike.
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
    listed, marks = as_list(messages), [is_spam(label) for label in labels]
    if len(listed) != len(marks):
        raise InvalidValueError(f"got {len(listed)} messages and {len(marks)} labels")
    if groups is not None and len(groups) != len(listed):
        raise InvalidValueError(f"got {len(listed)} messages and {len(groups)} groups")
    if sources is not None and len(sources) != len(listed):
        raise InvalidValueError(f"got {len(listed)} messages and {len(sources)} sources")
    if sample_weight is not None and len(sample_weight) != len(listed):
        raise InvalidValueError(f"got {len(listed)} messages and {len(sample_weight)} sample weights")
    return train_from(
        zip(listed, marks, strict=True),
        recipe=recipe,
        groups=groups,
        sample_weight=sample_weight,
        seed=seed,
        sources=sources,
        facts=facts,
        progress=progress,
    )


def train_from(
    labelled: Iterable[tuple[Message, object]],
    *,
    recipe: Recipe | None = None,
    groups: Sequence[int] | npt.NDArray[Any] | None = None,
    sample_weight: Sequence[float] | npt.NDArray[Any] | None = None,
    seed: int | None = None,
    sources: Sequence[str] | None = None,
    facts: dict[str, Any] | None = None,
    progress: Progress | None = None,
    memory_bytes: int = MEMORY_BYTES,
    threads: int | None = None,
) -> SpamFilter:
    """Train a filter on any number of messages, in bounded memory.

    The messages are read once, turned to features and let go. Features beyond ``memory_bytes`` lie in a
    temporary directory meanwhile; what stays for a message are some hundred bytes. The model for all messages
    and those that judge it by cross-fitting learn side by side, on several threads; with a seed the same
    messages in the same order give the same bytes, whatever the number of threads.

    A ``KeyboardInterrupt`` while the models learn ends the training: the filter is what they have become, and
    its facts say ``"interrupted"``. Before the first pass is over there is none, and the interrupt goes on.

    Parameters
    ----------
    labelled
        Pairs of a message and its label, each as :func:`train_filter` takes it.
    memory_bytes
        Features kept in memory; the process needs about 300 MiB besides.
    threads
        How many train at a time; by default the cores that the process may use.

    Notes
    -----
    The other parameters and the errors are those of :func:`train_filter`.
    """
    recipe = recipe or Recipe()
    report = progress or (lambda _done, _total, _text: None)
    vectorizer = recipe.vectorizer(seed)
    vectorizer.fit([])
    width = int(vectorizer.n_features_out_)
    with ShardStore(width, memory_bytes=memory_bytes) as store:
        is_spam_row, prints = _take_in(labelled, vectorizer, store, report)
        group_of_row = np.unique(prints if groups is None else np.asarray(groups), return_inverse=True)[1]
        fold_of_row, folds = assign_folds(is_spam_row, group_of_row, MAX_FOLDS, seed or 0)
        weight_of_row = _weights(sample_weight, len(is_spam_row))
        rows = FoldedRows(store, is_spam_row, weight_of_row, fold_of_row, folds)
        found = cross_fit(rows, recipe, seed or 0, report=report, threads=threads)
    calibration, probabilities, thresholds = decide(rows, found.held_out_logits, recipe)
    learnt: dict[str, Any] = {
        "algorithm": recipe.algorithm,
        "groups": len(np.unique(group_of_row)),
        "passes": found.passes,
        "recipe": asdict(recipe),
        "max_false_positive_rate": recipe.max_false_positive_rate,
        "max_miss_rate": recipe.max_miss_rate,
        "held_out": evaluate(is_spam_row, probabilities, *thresholds).as_dict(),
    }
    if found.interrupted:
        learnt["interrupted"] = True
    if sources is not None:
        learnt["held_out_by_source"] = _by_source(sources, is_spam_row, probabilities, thresholds)
    model = _core.Model.build(
        vectorizer.specification_,
        vectorizer.hash_key_,
        _as_stored(found.layers),
        calibration,
        thresholds,
        json.dumps(learnt | (facts or {})),
    )
    report(1, 1, "done")
    return SpamFilter(model)


def _take_in(
    labelled: Iterable[tuple[Message, object]],
    vectorizer: MessageVectorizer,
    store: ShardStore,
    report: Progress,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint64]]:
    """Fill the store with the features; return what is spam, and the fingerprint of each message."""
    marks, prints = bytearray(), array("Q")
    batch: list[Message] = []
    size = 0

    def flush() -> None:
        store.append(vectorizer.transform(batch))
        prints.extend(_core.body_fingerprint(message) for message in batch)
        batch.clear()
        report(len(prints), 0, "reading the messages")

    for message, label in labelled:
        marks.append(is_spam(label))
        batch.append(message)
        size += len(message)
        if len(batch) >= BATCH_MESSAGES or size >= BATCH_BYTES:
            flush()
            size = 0
    if batch:
        flush()
    store.close_shard()
    return np.frombuffer(bytes(marks), dtype=np.bool_), np.array(prints, dtype=np.uint64)


def _weights(sample_weight: Sequence[float] | npt.NDArray[Any] | None, count: int) -> npt.NDArray[np.float32]:
    """Return how much each message counts, checked."""
    weights = np.ones(count) if sample_weight is None else np.asarray(sample_weight)
    if weights.shape != (count,):
        raise InvalidValueError(f"got {count} messages and sample weights of shape {weights.shape}")
    if not (np.isfinite(weights).all() and np.all(weights > 0.0)):
        raise InvalidValueError(
            "the sample weights must be finite and above 0: leave out what is not to count"
        )
    return weights.astype(np.float32)


def _as_stored(layers: Layers) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], str]]:
    """Return layers as a model file holds them."""
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
    source_of_row = np.asarray(sources)
    rows = {source: source_of_row == source for source in dict.fromkeys(sources)}
    return {
        source: evaluate(is_spam_row[here], probabilities[here], *thresholds).as_dict()
        for source, here in rows.items()
        if 0 < is_spam_row[here].sum() < here.sum()
    }
