"""Both classifiers pass every check that scikit-learn has for an estimator, none expected to fail."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sigmail.logistic import LogisticClassifier
from sigmail.network import NeuralNetworkClassifier


@parametrize_with_checks(
    [
        LogisticClassifier(),
        LogisticClassifier(l1_ratio=0.5),
        LogisticClassifier(max_weight=10.0),
        NeuralNetworkClassifier(),
        NeuralNetworkClassifier((8, 4), activation="relu", optimizer="sgd"),
    ]
)
def test_estimator_check(estimator, check):
    check(estimator)


ESTIMATORS = pytest.mark.parametrize(
    "estimator",
    [
        LogisticClassifier(C=10.0),
        LogisticClassifier(solver="ftrl", max_iter=200, random_state=0),
        NeuralNetworkClassifier((4,), random_state=0),
    ],
    ids=["lbfgs", "ftrl", "network"],
)


@ESTIMATORS
def test_grid_search_over_a_pipeline_with_sparse_input(estimator, word_rows):
    X, y, _ = word_rows
    pipeline = make_pipeline(MaxAbsScaler(), clone(estimator))
    step = pipeline.steps[-1][0]
    search = GridSearchCV(pipeline, {f"{step}__tol": [1e-3, 1e-4]}, cv=3, scoring="roc_auc")
    assert search.fit(X, y).best_score_ > 0.9


@ESTIMATORS
def test_cross_validation_scores_probabilities(estimator, word_rows):
    X, y, _ = word_rows
    scores = cross_validate(estimator, X, y, cv=3, scoring=["neg_log_loss", "f1_macro"])
    assert scores["test_neg_log_loss"].mean() > -0.5
    assert scores["test_f1_macro"].mean() > 0.8


@ESTIMATORS
def test_calibration_by_scikit_learn(estimator, word_rows):
    X, y, _ = word_rows
    calibrated = CalibratedClassifierCV(estimator, cv=3).fit(X, y)
    assert calibrated.score(X, y) > 0.85


@ESTIMATORS
def test_pickle_keeps_predictions_and_the_way_on(estimator, word_rows):
    X, y, _ = word_rows
    fitted = clone(estimator).fit(X, y).partial_fit(X[:40], y[:40])
    copy = pickle.loads(pickle.dumps(fitted))  # noqa: S301  # Our own bytes.
    np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))
    further = [each.partial_fit(X[40:], y[40:]).decision_function(X) for each in (fitted, copy)]
    np.testing.assert_array_equal(*further)


@ESTIMATORS
def test_dense_and_sparse_input_train_the_same_model(estimator, word_rows):
    X, y, weight = word_rows
    logits = [
        clone(estimator).fit(form, y, sample_weight=weight).decision_function(form)
        for form in (X, X.toarray(), sparse.csr_matrix(X))
    ]
    np.testing.assert_allclose(logits[1], logits[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(logits[2], logits[0])


@ESTIMATORS
def test_a_seed_gives_the_same_bytes(estimator, word_rows):
    X, y, _ = word_rows
    first, second = (clone(estimator).fit(X, y).decision_function(X).tobytes() for _ in range(2))
    assert first == second


@ESTIMATORS
def test_float32_stays_float32(estimator, word_rows):
    X, y, _ = word_rows
    fitted = clone(estimator).fit(X.astype(np.float32), y)
    probabilities = fitted.predict_proba(X.astype(np.float32))
    assert probabilities.dtype == np.float32
    wide = clone(estimator).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(probabilities, wide, atol=0.02)
