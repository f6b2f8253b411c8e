"""The figures of an evaluation, against scikit-learn and against hand-made cases."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from sigmail import evaluation
from sigmail.errors import InvalidValueError


def tied_scores(seed, size=997):
    """Labels and probabilities of few distinct values, so that ties abound and cross the classes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, size)
    return labels, np.clip(np.round(0.3 * labels + generator.normal(0.4, 0.2, size), 2), 0.0, 1.0)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_figure_agrees_with_scikit_learn(seed, dtype):
    labels, scores = tied_scores(seed)
    scores = scores.astype(dtype)
    called = scores.astype("float64") >= 0.7
    (true_negatives, false_positives), (false_negatives, true_positives) = metrics.confusion_matrix(
        labels, called
    )
    expected = {
        "one_minus_auc_percent": 100.0 * (1.0 - metrics.roc_auc_score(labels, scores)),
        "log_loss": metrics.log_loss(labels, scores),
        "brier_score": metrics.brier_score_loss(labels, scores),
    }
    for name, value in expected.items():
        assert getattr(evaluation, name)(labels, scores) == pytest.approx(value, rel=1e-5), name
    assert evaluation.f1(labels, scores, 0.7) == pytest.approx(metrics.f1_score(labels, called))
    assert evaluation.false_positive_rate(labels, scores, 0.7) == pytest.approx(
        false_positives / (false_positives + true_negatives)
    )
    assert evaluation.false_negative_rate(labels, scores, 0.7) == pytest.approx(
        false_negatives / (false_negatives + true_positives)
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("ham_loss", [0.0, 0.001, 0.01, 0.1, 0.5, 1.0])
def test_spam_missed_is_the_best_point_of_the_roc_curve_within_the_ham_loss(seed, ham_loss):
    labels, scores = tied_scores(seed)
    false_positive, true_positive, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    expected = 1.0 - true_positive[false_positive <= ham_loss + 1e-12].max()
    assert evaluation.spam_missed_at_ham_loss(labels, scores, ham_loss) == pytest.approx(expected, abs=1e-12)


def test_a_ham_loss_that_allows_a_whole_number_of_ham_allows_it_despite_rounding():
    labels = [0] * 100 + [1]
    scores = [0.1] * 71 + [0.9] * 29 + [0.5]
    assert 0.29 * 100 < 29  # The product is rounded down; the 29 ham may still be lost.
    assert evaluation.spam_missed_at_ham_loss(labels, scores, 0.29) == 0.0
    assert evaluation.spam_missed_at_ham_loss(labels, scores, 0.28) == 1.0


def test_log_loss_of_a_certain_and_wrong_verdict_is_finite_and_depends_on_the_precision():
    for dtype in ("float32", "float64"):
        scores = np.array([1.0, 0.0], dtype=dtype)
        expected = -np.log(np.finfo(dtype).eps)
        assert evaluation.log_loss([0, 1], scores) == pytest.approx(expected, rel=1e-6)
        assert evaluation.log_loss([0, 1], scores) == pytest.approx(
            metrics.log_loss([0, 1], scores), rel=1e-2
        )


def test_reliability_bins_agree_with_scikit_learns_quantiles_where_no_two_scores_are_equal():
    generator = np.random.default_rng(7)
    scores = generator.permutation(np.linspace(0.001, 0.999, 1500))
    labels = (generator.random(1500) < scores**1.3).astype(int)
    shares, means = calibration_curve(labels, scores, n_bins=15, strategy="quantile")
    bins = evaluation.reliability_bins(labels, scores)
    assert [part.count for part in bins] == [100] * 15
    np.testing.assert_allclose([part.mean_probability for part in bins], means)
    np.testing.assert_allclose([part.spam_share for part in bins], shares)
    expected = np.mean(np.abs(shares - means))
    assert evaluation.expected_calibration_error(labels, scores) == pytest.approx(expected)


def test_equal_probabilities_share_a_bin():
    labels = [0, 1] * 50
    assert evaluation.reliability_bins(labels, [0.5] * 100) == (evaluation.ReliabilityBin(100, 0.5, 0.5),)
    assert evaluation.expected_calibration_error(labels, [0.5] * 100) == 0.0
    assert evaluation.expected_calibration_error(labels, [0.8] * 100) == pytest.approx(0.3)


def test_logistic_average_is_the_inverse_logit_of_the_mean_logit():
    labels = [0] * 100 + [1] * 10
    scores = [0.9] * 4 + [0.1] * 96 + [0.1] * 3 + [0.9] * 7
    logit = (np.log(0.04 / 0.96) + np.log(0.3 / 0.7)) / 2
    expected = 1 / (1 + np.exp(-logit))
    assert evaluation.logistic_average_misclassification(labels, scores) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scores", "expected"), [([0.9, 0.1], 0.0), ([0.1, 0.9], 1.0), ([0.9, 0.9], 0.5), ([0.1, 0.1], 0.5)]
)
def test_logistic_average_at_its_limits(scores, expected):
    assert evaluation.logistic_average_misclassification([1, 0], scores) == expected


def test_the_extremes_of_order():
    assert evaluation.one_minus_auc_percent([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]) == 0.0
    assert evaluation.one_minus_auc_percent([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]) == 100.0
    assert evaluation.one_minus_auc_percent([1, 0, 1, 0], [0.5] * 4) == 50.0
    assert evaluation.f1([0, 0], [0.1, 0.2]) == 0.0


def test_an_evaluation_counts_what_lies_between_the_thresholds_as_unsure():
    labels = ["spam"] * 4 + ["ham"] * 5
    scores = [0.95, 0.9, 0.5, 0.1, 0.9, 0.3, 0.2, 0.1, 0.0]
    found = evaluation.evaluate(labels, scores, ham_below=0.2, spam_from=0.9)
    assert found.confusion == {
        "spam": {"spam": 2, "unsure": 1, "ham": 1},
        "ham": {"spam": 1, "unsure": 2, "ham": 2},
    }
    assert (found.messages, found.spam, found.ham) == (9, 4, 5)
    assert (found.false_positive_rate, found.ham_unsure_rate) == (1 / 5, 2 / 5)
    assert (found.false_negative_rate, found.spam_unsure_rate) == (1 / 4, 1 / 4)
    assert found.f1 == pytest.approx(2 * 2 / (3 + 4))
    assert found.spam_missed_at_ham_loss_1_percent == 3 / 4
    assert json.loads(json.dumps(found.as_dict())) == found.as_dict()


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=1, max_size=60),
    st.randoms(use_true_random=False),
)
def test_no_figure_depends_on_the_order_of_the_messages(pairs, random):
    pairs = [*pairs, (True, 10), (False, 10)]
    shuffled = random.sample(pairs, len(pairs))
    before, after = (
        evaluation.evaluate([label for label, _ in order], [score / 20 for _, score in order], 0.2, 0.9)
        for order in (pairs, shuffled)
    )
    figures, confusion = before.as_dict(), before.as_dict().pop("confusion")
    assert after.confusion == confusion
    assert {**after.as_dict(), "confusion": 0} == pytest.approx({**figures, "confusion": 0})


@pytest.mark.parametrize(
    ("labels", "scores", "says"),
    [
        ([], [], "not empty"),
        ([1, 0], [0.5], r"\(2,\)"),
        ([[1], [0]], [[0.5], [0.5]], "one-dimensional"),
        ([1, 2], [0.5, 0.5], "label 2"),
        ([1, -1], [0.5, 0.5], "label -1"),
        (["spam", "junk"], [0.5, 0.5], "'junk'"),
        ([1, 0], [0.5, float("nan")], "nan"),
        ([1, 0], [1.5, 0.5], "1.5"),
        ([1, 1], [0.5, 0.5], "all 2 messages are spam"),
        (["ham"], [0.5], "are ham"),
    ],
)
def test_wrong_input_is_refused_with_the_value_that_is_wrong(labels, scores, says):
    with pytest.raises(InvalidValueError, match=says):
        evaluation.evaluate(labels, scores, 0.2, 0.9)


@pytest.mark.parametrize("thresholds", [(0.9, 0.2), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_crossed_thresholds_are_refused(thresholds):
    with pytest.raises(InvalidValueError, match="ham_below <= spam_from"):
        evaluation.evaluate([1, 0], [0.9, 0.1], *thresholds)


@pytest.mark.parametrize("ham_loss", [-0.1, 1.1, float("nan")])
def test_a_ham_loss_outside_the_unit_interval_is_refused(ham_loss):
    with pytest.raises(InvalidValueError, match="ham_loss"):
        evaluation.spam_missed_at_ham_loss([1, 0], [0.9, 0.1], ham_loss)
