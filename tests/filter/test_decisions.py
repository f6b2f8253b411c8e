"""Thresholds of a recipe: over all held-out rows, or in every fold of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigmail._cross_fitting import FoldedRows
from sigmail._decisions import decide
from sigmail._shards import ShardStore
from sigmail.recipe import Recipe

RATE = 0.02


@pytest.fixture
def held_out():
    """Rows of two folds, and their logits: the ham of the second fold looks more like spam."""
    random = np.random.default_rng(4)
    is_spam, fold = np.tile([False, True], 1000), np.repeat([0, 1], 1000)
    logits = random.normal(np.where(is_spam, 1.5, -1.5 + fold), 1.5)
    return FoldedRows(ShardStore(8), is_spam, np.ones(2000, dtype=np.float32), fold, 2), logits


def lost(rows, probabilities, spam_from, fold):
    return np.mean(probabilities[~rows.is_spam_row & (rows.fold_of_row == fold)] >= spam_from)


def test_cautious_thresholds_keep_the_rate_in_the_fold_that_others_exceed(held_out):
    rows, logits = held_out
    recipe = Recipe(max_false_positive_rate=RATE)
    _, probabilities, (_, usual) = decide(rows, logits, recipe)
    _, same, (_, careful) = decide(rows, logits, replace(recipe, cautious=True))
    assert np.array_equal(probabilities, same)
    assert lost(rows, probabilities, usual, 1) > RATE >= lost(rows, probabilities, careful, 1)
    assert lost(rows, probabilities, careful, 0) <= RATE
    assert careful > usual
