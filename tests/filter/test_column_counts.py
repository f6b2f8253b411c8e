"""What a neuron starts from, and how easily its weights move, by the counts of the columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from sklearn.naive_bayes import BernoulliNB

from sigmail import _core
from sigmail._column_counts import SMOOTHING, ColumnCounts
from sigmail._learners import Columns, NeuronLearner
from sigmail.logistic import LogisticClassifier
from sigmail.training import train_filter

FOLDS = 3


@pytest.fixture
def counted():
    """Rows with labels and folds, and the log-odds of them, counted in two helpings."""
    random = np.random.default_rng(0)
    X = sparse.random_array((60, 20), density=0.3, rng=random, format="csr", dtype=np.float32)
    y, folds = np.arange(60) % 3 == 0, random.integers(0, FOLDS, 60)
    counts = ColumnCounts(FOLDS, 20)
    for part in (slice(0, 25), slice(25, 60)):
        counts.add(X[part], y[part], np.ones(60, dtype=np.float32)[part], folds[part])
    return X, y, folds, counts


@pytest.mark.parametrize("left_out", [None, 1])
def test_they_are_the_logarithms_of_smoothed_shares(counted, left_out):
    X, y, folds, counts = counted
    kept = folds != left_out if left_out is not None else np.ones(60, dtype=bool)
    present = X.toarray() != 0
    shares = [
        (present[kept & (y == kind)].sum(axis=0) + SMOOTHING) / ((kept & (y == kind)).sum() + 2 * SMOOTHING)
        for kind in (False, True)
    ]
    np.testing.assert_allclose(counts.log_odds(left_out), np.log(shares[1] / shares[0]), rtol=1e-5)


def test_a_column_that_no_message_has_speaks_for_neither():
    counts = ColumnCounts(1, 2)
    X = sparse.csr_array(np.array([[1.0, 0.0]] * 5, dtype=np.float32))
    y = np.array([True, False, False, False, False])
    counts.add(X, y, np.ones(5, dtype=np.float32), np.zeros(5, dtype=np.intp))
    assert counts.log_odds()[1] == 0.0 != counts.log_odds()[0]


def test_the_odds_of_the_kinds_are_of_the_messages_that_are_learnt(counted):
    _, y, folds, counts = counted
    kept = folds != 2
    assert counts.kind_odds(2) == pytest.approx(np.log((kept & y).sum() / (kept & ~y).sum()))


def test_rare_columns_have_the_greater_scale(counted):
    X, _, _, counts = counted
    present = np.asarray((X.toarray() != 0).sum(axis=0))
    scale = counts.scale(0.5)
    np.testing.assert_allclose(
        scale**2 / scale[0] ** 2, np.log(61 / (present + 1)) / np.log(61 / (present[0] + 1))
    )
    assert np.mean(scale[X.indices] ** 2) == pytest.approx(1.0)
    np.testing.assert_allclose(counts.scale(0.0), 1.0)


def test_a_message_counts_as_often_as_it_weighs(counted):
    X, y, folds, counts = counted
    weighed, twice = ColumnCounts(FOLDS, 20), ColumnCounts(FOLDS, 20)
    weighed.add(X, y, np.full(60, 2.0, dtype=np.float32), folds)
    for _ in range(2):
        twice.add(X, y, np.ones(60, dtype=np.float32), folds)
    np.testing.assert_array_equal(weighed.log_odds(0), twice.log_odds(0))
    assert not np.array_equal(weighed.log_odds(0), counts.log_odds(0))


def test_with_much_to_count_they_are_those_of_scikit_learn(counted):
    X, y, _, _ = counted
    many = sparse.vstack([X] * 200, format="csr")
    counts = ColumnCounts(1, 20)
    counts.add(
        many, np.tile(y, 200), np.ones(many.shape[0], dtype=np.float32), np.zeros(many.shape[0], np.intp)
    )
    theirs = BernoulliNB(alpha=1e-3).fit(many, np.tile(y, 200)).feature_log_prob_
    np.testing.assert_allclose(counts.log_odds(), theirs[1] - theirs[0], atol=1e-3)


def test_the_penalty_is_on_what_moves_from_the_start_over_the_scale():
    random = np.random.default_rng(1)
    X = sparse.random_array((80, 10), density=0.5, rng=random, format="csr", dtype=np.float64)
    start, scale, offset = random.normal(size=10), random.uniform(0.5, 2.0, 10), -1.5
    y, columns = random.uniform(size=80) < 0.5, Columns(start, scale, offset)
    learner = NeuronLearner(LogisticClassifier(C=2.0, fit_intercept=False, max_iter=500), X.shape, 0, columns)
    examples = _core.Examples(columns.scaled(X), y.astype(float), np.ones(80))
    for _ in range(200):
        learner.learn(np.arange(80), examples, np.arange(80))
        learner.end_pass()
    weights = learner.layers()[0][0][:, 0]
    sums = X @ weights
    np.testing.assert_allclose(learner.logits(X), sums)
    slopes = X.T @ (np.asarray(_core.sigmoid(sums + offset)) - y)
    np.testing.assert_allclose((weights - columns.start) / columns.scale**2, -2.0 * slopes, atol=1e-6)


def test_a_feature_of_no_message_has_no_weight_whatever_the_start(make_messages, small_recipe):
    messages, labels = make_messages(80)
    plain = train_filter(messages, labels, recipe=replace(small_recipe, log_odds=0.0, rarity=0.0), seed=1)
    started = train_filter(messages, labels, recipe=replace(small_recipe, log_odds=1.0, rarity=0.5), seed=1)
    (weights, _, _), (moved, _, _) = plain.core.layers()[0], started.core.layers()[0]
    assert not np.array_equal(weights, moved)
    rows = small_recipe.vectorizer(1).fit_transform(messages)
    never_seen = np.setdiff1d(np.arange(len(weights)), rows.indices)
    assert len(never_seen) > 0
    for found in (weights, moved):
        np.testing.assert_array_equal(found[never_seen], 0.0)
