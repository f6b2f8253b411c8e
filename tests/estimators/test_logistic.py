"""The neuron against scikit-learn's logistic regression, by the same objective."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from sigmail.errors import InvalidTypeError, InvalidValueError
from sigmail.logistic import LogisticClassifier
from sigmail.losses import elastic_net, logistic_loss, logistic_loss_derivative


def objective(classifier, X, y, weight):
    """Return what scikit-learn minimises, for any fitted linear classifier."""
    losses = logistic_loss(X @ classifier.coef_[0] + classifier.intercept_[0], y == "spam")
    ratio = classifier.l1_ratio or 0.0
    return classifier.C * float(weight @ losses) + elastic_net(classifier.coef_[0], ratio, 1.0 - ratio)


@pytest.mark.parametrize("dense", [True, False], ids=["dense", "sparse"])
@pytest.mark.parametrize("weighted", [True, False], ids=["weighted", "plain"])
@pytest.mark.parametrize("C", [0.1, 10.0])
@pytest.mark.parametrize("solver", ["lbfgs", "dual"])
def test_exact_solvers_find_the_coefficients_of_scikit_learn(word_rows, dense, weighted, C, solver):
    X, y, weight = word_rows
    X = X.toarray() if dense else X
    weight = weight if weighted else None
    options = {"C": C, "tol": 1e-8, "max_iter": 1000, "class_weight": {"ham": 2.0, "spam": 1.0}}
    ours = LogisticClassifier(**options, solver=solver, random_state=0).fit(X, y, sample_weight=weight)
    theirs = LogisticRegression(**options).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
    assert ours.classes_.tolist() == ["ham", "spam"]


def test_lbfgs_finds_the_sparse_weights_of_scikit_learn(word_rows):
    X, y, weight = word_rows
    options = {"C": 0.5, "l1_ratio": 0.3, "tol": 1e-7}
    ours = LogisticClassifier(**options, max_iter=2000).fit(X, y, sample_weight=weight)
    theirs = LogisticRegression(**options, solver="saga", max_iter=50_000, random_state=0)
    theirs.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=2e-4)
    np.testing.assert_array_equal(ours.coef_ == 0.0, theirs.coef_ == 0.0)


@pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 1.0])
def test_lbfgs_keeps_the_conditions_of_a_minimum_under_l1(word_rows, l1_ratio):
    X, y, weight = word_rows
    fitted = LogisticClassifier(0.5, l1_ratio=l1_ratio, tol=1e-8, max_iter=5000).fit(
        X, y, sample_weight=weight
    )
    weights, bias = fitted.coef_[0], fitted.intercept_[0]
    slopes = 0.5 * X.T @ (weight * logistic_loss_derivative(X @ weights + bias, y == "spam"))
    slopes += (1.0 - l1_ratio) * weights
    zero = weights == 0.0
    assert 0 < np.count_nonzero(zero) < len(weights)
    assert np.all(np.abs(slopes[zero]) <= l1_ratio + 1e-4)
    np.testing.assert_allclose(slopes[~zero], -l1_ratio * np.sign(weights[~zero]), atol=1e-4)


@pytest.mark.parametrize(
    ("options", "slack"),
    [
        ({"solver": "gd", "max_iter": 5000, "tol": 1e-4}, 1e-3),
        ({"solver": "sgd", "max_iter": 300}, 2e-2),
        ({"solver": "ftrl", "max_iter": 300}, 2e-2),
        ({"solver": "ftrl", "max_iter": 300, "l1_ratio": 1.0}, 2e-2),
        ({"solver": "ftrl", "max_iter": 300, "l1_ratio": 0.5}, 2e-2),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_every_solver_comes_near_the_same_minimum(word_rows, options, slack):
    X, y, weight = word_rows
    exact = LogisticClassifier(l1_ratio=options.get("l1_ratio", 0.0), tol=1e-8, max_iter=1000)
    best = objective(exact.fit(X, y, sample_weight=weight), X, y, weight)
    found = LogisticClassifier(**{"tol": 1e-6, "random_state": 0} | options).fit(X, y, sample_weight=weight)
    assert best <= objective(found, X, y, weight) <= best * (1 + slack)


@pytest.mark.parametrize("solver", ["lbfgs", "gd", "sgd", "ftrl"])
def test_no_weight_leaves_its_bound(word_rows, solver):
    X, y, _ = word_rows
    free = LogisticClassifier(C=10.0).fit(X, y)
    bound = LogisticClassifier(C=10.0, solver=solver, max_weight=0.5, max_iter=1000, random_state=0, tol=1e-3)
    bound.fit(X, y)
    assert np.abs(free.coef_).max() > 2.0
    assert np.abs(bound.coef_).max() == pytest.approx(0.5, abs=1e-12)
    assert bound.score(X, y) > 0.8


@pytest.mark.parametrize("solver", ["lbfgs", "dual", "gd", "sgd", "ftrl"])
def test_early_stopping_keeps_the_best_weights_on_held_out_rows(word_rows, solver):
    X, y, _ = word_rows
    stopped = LogisticClassifier(
        C=1e6,
        solver=solver,
        early_stopping=True,
        max_iter=2000,
        validation_fraction=0.3,
        random_state=0,
        tol=1e-9,
    ).fit(X, y)
    assert stopped.n_iter_ < 2000
    losses = stopped.validation_loss_curve_
    assert min(losses) < losses[-1]
    assert np.argmin(losses) == len(losses) - 1 - stopped.n_iter_no_change


@pytest.mark.parametrize("solver", ["lbfgs", "gd"])
def test_warm_start_begins_where_the_last_fit_ended(word_rows, solver):
    X, y, _ = word_rows
    classifier = LogisticClassifier(solver=solver, warm_start=True, max_iter=5000).fit(X, y)
    first = classifier.n_iter_
    assert classifier.fit(X, y).n_iter_ < first / 3
    with pytest.raises(InvalidValueError, match="60 features"):
        classifier.fit(X[:, :50], y)


@pytest.mark.parametrize("solver", ["sgd", "ftrl"])
def test_partial_fit_learns_a_stream_as_well_as_fit(word_rows, solver):
    X, y, _ = word_rows
    stream = LogisticClassifier(solver=solver)
    for start in range(0, 300, 50):
        stream.partial_fit(X[start : start + 50], y[start : start + 50], classes=["ham", "spam"])
    assert stream.score(X, y) > 0.8
    assert len(stream.loss_curve_) == stream.n_iter_ == 6


@pytest.mark.parametrize("solver", ["lbfgs", "sgd", "ftrl"])
def test_a_correction_moves_a_fitted_neuron_and_little_else(word_rows, solver):
    X, y, _ = word_rows
    classifier = LogisticClassifier(solver=solver, max_iter=50, random_state=0).fit(X, y)
    before = classifier.decision_function(X)
    wrong = int(np.flatnonzero(classifier.predict(X) != y)[0])
    classifier.partial_fit(X[[wrong]], y[[wrong]])
    moved = classifier.decision_function(X) - before
    assert 0.1 < moved[wrong] * (1 if y[wrong] == "spam" else -1) < 3.0
    assert np.median(np.abs(moved)) < abs(moved[wrong]) / 2
    assert classifier.score(X, y) > 0.8


def test_partial_fit_names_what_is_wrong(word_rows):
    X, y, _ = word_rows
    with pytest.raises(InvalidValueError, match="first call"):
        LogisticClassifier().partial_fit(X, y)
    classifier = LogisticClassifier().fit(X, y)
    with pytest.raises(InvalidValueError, match="'eggs'"):
        classifier.partial_fit(X[:1], ["eggs"])
    with pytest.raises(InvalidValueError, match="differ from those of the first call"):
        classifier.partial_fit(X[:1], ["ham"], classes=["ham", "eggs"])
    with pytest.raises(InvalidValueError, match="balanced"):
        LogisticClassifier(class_weight="balanced").partial_fit(X, y, classes=["ham", "spam"])


def test_too_few_steps_warn(word_rows):
    X, y, _ = word_rows
    with pytest.warns(ConvergenceWarning, match="2 steps"):
        LogisticClassifier(max_iter=2).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticClassifier(max_iter=200).fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        ({"C": 0.0}, InvalidValueError, "C must be above 0"),
        ({"C": float("nan")}, InvalidValueError, "C must be above 0"),
        ({"C": "1"}, InvalidTypeError, "C must be a number"),
        ({"l1_ratio": 1.5}, InvalidValueError, "at most 1"),
        ({"solver": "newton"}, InvalidValueError, "'lbfgs', 'dual', 'gd', 'sgd', 'ftrl'"),
        ({"solver": "dual", "l1_ratio": 0.5}, InvalidValueError, "no L1"),
        ({"solver": "dual", "max_weight": 0.5}, InvalidValueError, "no max_weight"),
        ({"solver": "dual", "C": float("inf")}, InvalidValueError, "finite C"),
        ({"solver": "sgd", "l1_ratio": 0.5}, InvalidValueError, "no L1"),
        ({"solver": "gd", "l1_ratio": 0.5}, InvalidValueError, "no L1"),
        ({"max_iter": 1.5}, InvalidTypeError, "whole number"),
        ({"max_weight": -1.0}, InvalidValueError, "max_weight must be above 0"),
        ({"early_stopping": True, "validation_fraction": 0.001}, InvalidValueError, "leaves a class out"),
    ],
)
def test_wrong_parameters_are_named(word_rows, parameters, error, text):
    X, y, _ = word_rows
    with pytest.raises(error, match=text):
        LogisticClassifier(**parameters).fit(X, y)
