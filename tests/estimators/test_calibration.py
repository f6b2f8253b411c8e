"""Calibration against scikit-learn's, and thresholds against the rates they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression

from sigmail._core import sigmoid
from sigmail.calibration import choose_thresholds, fit_isotonic, fit_platt
from sigmail.errors import InvalidValueError


@pytest.fixture(scope="module")
def scored():
    """Logits that are three times too steep and off by two, labels, and weights."""
    random = np.random.default_rng(3)
    true_logits = random.normal(0.0, 3.0, 4000)
    labels = (random.uniform(size=4000) < sigmoid(true_logits)).astype(int)
    return 3.0 * true_logits + 2.0, labels, random.integers(1, 4, 4000).astype(float)


def test_platt_finds_the_slope_and_shift(scored):
    logits, labels, _ = scored
    slope, intercept = fit_platt(logits, labels)
    assert slope == pytest.approx(1 / 3, rel=0.07)
    assert intercept == pytest.approx(-2 / 3, abs=0.12)


@pytest.mark.parametrize("weighted", [False, True])
def test_platt_agrees_with_scikit_learn(scored, weighted):
    logits, labels, weights = scored
    sample_weight = weights if weighted else None
    theirs = _sigmoid_calibration(logits, labels, sample_weight=sample_weight)
    np.testing.assert_allclose(
        fit_platt(logits, labels, sample_weight), (-theirs[0], -theirs[1]), rtol=1e-3, atol=1e-4
    )


def test_platt_stays_finite_on_separable_scores():
    slope, intercept = fit_platt([-3.0, -2.0, 2.0, 3.0], [0, 0, 1, 1])
    assert 0.0 < slope < 10.0
    assert abs(intercept) < 1e-6


def test_platt_does_not_depend_on_the_scale_of_the_scores(scored):
    logits, labels, _ = scored
    slope, intercept = fit_platt(logits, labels)
    np.testing.assert_allclose(
        fit_platt(1e6 * logits + 1e8, labels), (slope / 1e6, intercept - slope * 1e2), rtol=1e-6
    )


def test_platt_refuses_scores_that_rank_ham_above_spam(scored):
    logits, labels, _ = scored
    with pytest.raises(InvalidValueError, match="slope"):
        fit_platt(-logits, labels)


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        ([1.0, 2.0], [1, 1]),
        ([1.0, 1.0], [0, 1]),
        ([1.0, float("nan")], [0, 1]),
        ([1.0, 2.0, 3.0], [0, 1]),
        ([1.0, 2.0], [0, 2]),
    ],
)
def test_platt_refuses_what_cannot_be_fitted(scores, labels):
    with pytest.raises(InvalidValueError):
        fit_platt(scores, labels)


@pytest.mark.parametrize("weighted", [False, True])
def test_isotonic_agrees_with_scikit_learn(scored, weighted):
    logits, labels, weights = scored
    scores = np.round(logits, 1)  # With ties.
    sample_weight = weights if weighted else None
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, labels, sample_weight)
    grid = np.linspace(scores.min() - 1, scores.max() + 1, 999)
    np.testing.assert_allclose(
        np.interp(grid, *fit_isotonic(scores, labels, sample_weight)), theirs.predict(grid), atol=1e-9
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.0, 0.9999)), min_size=2, max_size=300).filter(
        lambda rows: len({spam for spam, _ in rows}) == 2
    ),
    st.sampled_from([0.001, 0.01, 0.1, 0.3]),
    st.sampled_from([0.001, 0.01, 0.2]),
)
def test_thresholds_keep_the_rates_on_their_own_data(rows, false_positive_rate, miss_rate):
    spam = np.array([each[0] for each in rows])
    probabilities = np.array([each[1] for each in rows])
    ham_below, spam_from = choose_thresholds(spam, probabilities, false_positive_rate, miss_rate)
    assert 0.0 < ham_below <= 0.5 <= spam_from < 1.0
    assert np.mean(probabilities[~spam] >= spam_from) <= false_positive_rate
    assert np.mean(np.maximum(probabilities[spam], 1e-12) < ham_below) <= miss_rate


def test_thresholds_spend_the_rate_that_is_allowed():
    random = np.random.default_rng(5)
    ham, spam = sigmoid(random.normal(-1, 2, 10_000)), sigmoid(random.normal(1, 2, 10_000))
    labels = np.repeat([0, 1], 10_000)
    ham_below, spam_from = choose_thresholds(labels, np.concatenate((ham, spam)), 0.001, 0.01)
    assert np.count_nonzero(ham >= spam_from) == 10
    assert np.count_nonzero(spam < ham_below) == 100


def test_fewer_ham_move_the_threshold_away():
    def spam_from(n_ham):
        probabilities = np.concatenate((np.linspace(0.01, 0.6, n_ham), np.linspace(0.4, 0.999, 50)))
        return choose_thresholds(np.repeat([0, 1], [n_ham, 50]), probabilities)[1]

    assert 0.6 < spam_from(900) < spam_from(100) < spam_from(10) < 1.0
    # A hundred ham vouch for 1 %; from there to 0.1 % the odds must rise tenfold.
    assert spam_from(100) == pytest.approx(15.0 / 16.0)


@pytest.mark.parametrize(
    ("labels", "probabilities", "rate"),
    [([0, 1], [0.1, 1.5], 0.1), ([0, 0], [0.1, 0.5], 0.1), ([0, 1], [0.1, 0.5], 0.0)],
)
def test_thresholds_refuse_what_makes_no_sense(labels, probabilities, rate):
    with pytest.raises(InvalidValueError):
        choose_thresholds(labels, probabilities, rate)
