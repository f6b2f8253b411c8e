"""Training in shards: bounded memory, any number of threads, and an interrupt that loses nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from sigmail import SpamFilter, _core
from sigmail._cross_fitting import assign_folds
from sigmail._learners import TARGET_GAP, NeuronLearner
from sigmail._shards import ShardStore
from sigmail.errors import InvalidValueError
from sigmail.logistic import LogisticClassifier
from sigmail.training import new_filter, train_from

ALGORITHMS = ["logistic", "network"]


@pytest.fixture
def small_shards(monkeypatch):
    """Shards of a few messages each."""
    monkeypatch.setattr("sigmail.training.BATCH_MESSAGES", 7)
    monkeypatch.setattr("sigmail._shards.SHARD_BYTES", 2048)
    monkeypatch.setattr("sigmail._shards.BUNDLE_BYTES", 8192)


def rows(count, width=30, seed=0):
    return sparse.random_array((count, width), density=0.3, rng=seed, format="csr", dtype=np.float32)


@pytest.mark.parametrize("memory_bytes", [0, 1000, 10**9])
def test_shards_come_back_as_they_went_in(tmp_path, memory_bytes):
    pieces = [rows(count, seed=count) for count in (5, 1, 9, 4, 12)]
    with ShardStore(30, memory_bytes=memory_bytes, shard_bytes=300, folder=str(tmp_path)) as store:
        for piece in pieces:
            store.append(piece)
        store.close_shard()
        assert len(store) > 2
        assert store.n_rows == 31
        whole = sparse.vstack([store.load(number) for number in range(len(store))]).toarray()
        np.testing.assert_array_equal(whole, sparse.vstack(pieces).toarray())
        found = list(store.bundles([len(store) - 1, *range(len(store) - 1)], 1000))
        assert sum(bundle.shards for bundle in found) == len(store) > len(found) > 1
        for bundle in found:
            np.testing.assert_array_equal(bundle.X.toarray(), whole[bundle.rows])
        ends = [store.rows_of(number).stop for number in range(len(store))]
        assert ends[-1] == 31
        assert bool(list(tmp_path.iterdir())) == (memory_bytes < 10**9)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_disk_and_threads_change_no_byte(make_messages, small_recipe, algorithm):
    messages, labels = make_messages(120)
    recipe = replace(small_recipe, algorithm=algorithm)

    def train(**options):
        return train_from(zip(messages, labels, strict=True), recipe=recipe, seed=1, **options)

    expected = train(threads=1)
    assert train(threads=3).to_bytes() == expected.to_bytes()
    assert train(threads=2, memory_bytes=0).to_bytes() == expected.to_bytes()
    right = (expected.probabilities(messages) > 0.5) == (np.array(labels) == "spam")
    assert right.mean() > 0.95


def test_shards_lead_to_the_optimum_of_the_whole(word_like_rows):
    X, y = word_like_rows
    exact = LogisticClassifier(C=5.0, fit_intercept=False, tol=1e-9, max_iter=5000).fit(X, y)
    learner = NeuronLearner(LogisticClassifier(C=5.0, fit_intercept=False, max_iter=300), X.shape, 0)
    pieces = [slice(start, start + 40) for start in range(0, X.shape[0], 40)]
    examples = [_core.Examples(X[piece], y[piece], np.ones(len(y[piece]))) for piece in pieces]
    done = False
    while not done:
        for piece, part in zip(pieces, examples, strict=True):
            learner.learn(np.arange(200)[piece], part, np.arange(part.n_rows))
        done = learner.end_pass()
    assert learner.passes < 300

    def objective(weights):
        return 0.5 * weights @ weights + 5.0 * np.logaddexp(0.0, -(2 * y - 1) * (X @ weights)).sum()

    least = objective(exact.coef_[0])
    assert least <= objective(learner.layers()[0][0][:, 0]) <= least * (1 + TARGET_GAP)


@pytest.fixture
def word_like_rows():
    draw = np.random.default_rng(5)
    X = sparse.random_array((200, 40), density=0.2, rng=draw, format="csr")
    return X, (X @ draw.normal(size=40) + 0.3 * draw.normal(size=200) > 0).astype(float)


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_interrupt_keeps_what_was_learnt(make_messages, small_recipe, algorithm):
    messages, labels = make_messages(120)
    recipe = replace(small_recipe, algorithm=algorithm)

    def interrupt_at(pass_text):
        def progress(_done, _total, text):
            if text.startswith(f"training, pass {pass_text}"):
                raise KeyboardInterrupt

        return train_from(zip(messages, labels, strict=True), recipe=recipe, seed=1, progress=progress)

    learnt = interrupt_at("3")
    assert learnt.facts["interrupted"] is True
    assert learnt.facts["passes"] == 2
    right = (learnt.probabilities(messages) > 0.5) == (np.array(labels) == "spam")
    assert right.mean() > 0.8
    assert learnt.facts["held_out"]["messages"] == 120
    with pytest.raises(KeyboardInterrupt):
        interrupt_at("1")


def test_each_fold_has_both_kinds_and_whole_groups():
    draw = np.random.default_rng(2)
    groups = draw.integers(0, 50, 400)
    spam_groups = draw.random(50) < 0.2
    is_spam = spam_groups[groups]
    fold_of_row, folds = assign_folds(is_spam, np.unique(groups, return_inverse=True)[1], 5, 0)
    assert folds == 5
    for fold in range(folds):
        here = fold_of_row == fold
        assert 0 < is_spam[here].sum() < here.sum()
        assert not set(groups[here]) & set(groups[~here])


def test_what_shards_cannot_train_is_refused():
    with pytest.raises(InvalidValueError, match="L2 penalty alone"):
        NeuronLearner(LogisticClassifier(l1_ratio=0.5, fit_intercept=False), (4, 4), 0)


def test_a_new_filter_is_unsure_of_everything_and_learns():
    blank = new_filter(seed=3)
    assert blank.classify("hello there").probability == 0.5
    assert blank.classify("hello there").label == "unsure"
    blank.learn("cheap casino", "spam")
    assert blank.classify("cheap casino").probability > 0.6
    assert new_filter(seed=3).identity == new_filter(seed=3).identity != blank.identity
    assert SpamFilter.from_bytes(blank.to_bytes()).identity == blank.identity
