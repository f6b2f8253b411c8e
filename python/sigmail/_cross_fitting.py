"""A model for all rows, and for each fold one that has not seen it, learning side by side."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail._column_counts import ColumnCounts
from sigmail._initial_layers import Layers
from sigmail._learners import Columns, NetworkLearner, NeuronLearner, Rows, learner_of
from sigmail._shards import ShardStore
from sigmail.errors import InvalidValueError
from sigmail.recipe import Recipe

__all__ = ["MIN_GROUPS", "CrossFit", "FoldedRows", "assign_folds", "cross_fit"]

MIN_GROUPS = 5
"""Distinct messages of each kind, at least: with fewer there is nothing left to calibrate on."""

STEPS = 1000
"""What a whole training counts on the progress bar."""

Progress = Callable[[int, int, str], None]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]


AnyLearner = NeuronLearner | NetworkLearner


@dataclass(frozen=True, slots=True)
class FoldedRows:
    """Rows with what they are, how much each counts, and which fold they are in, from 0 to `folds` - 1."""

    store: ShardStore
    is_spam_row: Flags
    weight_of_row: npt.NDArray[np.float32]
    fold_of_row: Numbers
    folds: int


@dataclass(frozen=True, slots=True)
class CrossFit:
    """What came of it: the model of all rows, and each row's logit by the model that had not seen it."""

    layers: Layers
    held_out_logits: npt.NDArray[np.float64]
    passes: int
    interrupted: bool


def assign_folds(is_spam_row: Flags, group_of_row: Numbers, most: int, seed: int) -> tuple[Numbers, int]:
    """Return each row's fold and the number of folds; a group is in one fold, and each fold has both kinds.

    A group is spam if any row of it is. There are as many folds as the rarer kind has groups, at most `most`.
    """
    group_is_spam = np.zeros(int(group_of_row.max(initial=-1)) + 1, dtype=np.bool_)
    group_is_spam[group_of_row[is_spam_row]] = True
    kinds = {"spam": np.flatnonzero(group_is_spam), "ham": np.flatnonzero(~group_is_spam)}
    for kind, members in kinds.items():
        if len(members) < MIN_GROUPS:
            raise InvalidValueError(
                f"training needs at least {MIN_GROUPS} distinct messages of each kind, "
                f"got {len(members)} of {kind}"
            )
    folds = min(most, *map(len, kinds.values()))
    random, fold_of_group = np.random.default_rng(seed), np.empty(len(group_is_spam), dtype=np.intp)
    for members in kinds.values():
        fold_of_group[random.permutation(members)] = np.arange(len(members)) % folds
    return fold_of_group[group_of_row], folds


def cross_fit(
    rows: FoldedRows, recipe: Recipe, seed: int, *, report: Progress, threads: int | None = None
) -> CrossFit:
    """Train on the shards until every model is done, or a KeyboardInterrupt comes after the first pass."""
    store, count = rows.store, rows.folds + 1  # The last model learns all rows.
    seeds = np.random.SeedSequence(seed).generate_state(count + 1).tolist()
    shape = store.n_rows, store.width
    columns = _columns(rows, recipe)
    learners = [
        learner_of(recipe.classifier(seed), shape, seeds[number], columns[number]) for number in range(count)
    ]
    unfinished, random, interrupted = list(range(count)), np.random.default_rng(seeds[count]), False
    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        try:
            while unfinished:
                seen, active = 0, {number: learners[number] for number in unfinished}
                for bundle in store.bundles(random.permutation(len(store)).tolist()):
                    X = bundle.X if columns[0] is None else columns[0].scaled(bundle.X)
                    _learn_bundle(rows, bundle.rows, X, active, pool)
                    seen += bundle.shards
                    _report(learners[-1], seen / len(store), report)
                unfinished = [number for number in unfinished if not learners[number].end_pass()]
        except KeyboardInterrupt:
            if learners[-1].passes == 0:
                raise
            interrupted = True
    logits = _held_out(rows, learners[:-1])
    return CrossFit(learners[-1].layers(), logits, learners[-1].passes, interrupted)


def _columns(rows: FoldedRows, recipe: Recipe) -> list[Columns | None]:
    """Return what each model starts from, by the rows that it learns; the scale is the same for all."""
    if recipe.algorithm != "logistic" or recipe.log_odds == recipe.rarity == 0.0:
        return [None] * (rows.folds + 1)
    counts = ColumnCounts(rows.folds, rows.store.width)
    for bundle in rows.store.bundles(range(len(rows.store))):
        here = bundle.rows
        counts.add(bundle.X, rows.is_spam_row[here], rows.weight_of_row[here], rows.fold_of_row[here])
    scale = counts.scale(recipe.rarity)
    left_out = (*range(rows.folds), None)
    return [
        Columns(recipe.log_odds * counts.log_odds(fold), scale, counts.kind_odds(fold)) for fold in left_out
    ]


def _learn_bundle(
    rows: FoldedRows, here: Rows, X: Any, learners: dict[int, AnyLearner], pool: ThreadPoolExecutor
) -> None:
    """Let every model learn its rows of one bundle, several models at a time; X are the rows of `here`."""
    folds = rows.fold_of_row[here]
    labels = rows.is_spam_row[here].astype(X.dtype)
    examples = _core.Examples(X, labels, rows.weight_of_row[here].astype(X.dtype))
    tasks = []
    for number, learner in learners.items():
        chosen = np.flatnonzero(folds != number).astype(np.int64)
        if len(chosen):
            tasks.append(pool.submit(learner.learn, here, examples, chosen))
    wait(tasks)
    for task in tasks:
        task.result()


def _held_out(rows: FoldedRows, learners: list[AnyLearner]) -> npt.NDArray[np.float64]:
    """Return each row's logit by the model of its fold."""
    logits = np.empty(rows.store.n_rows)
    for shard in range(len(rows.store)):
        place, X = rows.store.rows_of(shard), rows.store.load(shard)
        here, folds = logits[place], rows.fold_of_row[place]
        for fold, learner in enumerate(learners):
            chosen = np.flatnonzero(folds == fold)
            if len(chosen):
                here[chosen] = learner.logits(X[chosen])
    return logits


def _report(learner: AnyLearner, share_of_pass: float, report: Progress) -> None:
    """Say how far the model of all rows has come."""
    loss = "" if learner.passes == 0 else f", loss {learner.loss:.4f}"
    done = learner.share_done(share_of_pass)
    report(round(STEPS * done), STEPS, f"training, pass {learner.passes + 1}{loss}")
