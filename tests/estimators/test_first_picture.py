"""The picture that the project grew from: a neuron, its training, and what a neuron alone cannot learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sigmail import _core
from sigmail.logistic import LogisticClassifier
from sigmail.network import NeuralNetworkClassifier

XOR_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_LABELS = np.array(["ham", "spam", "spam", "ham"])


@pytest.fixture(scope="module")
def two_feature_mail():
    """Mail seen through two features: more than one word in capitals, and the word viagra."""
    random = np.random.default_rng(1)
    spam = random.uniform(size=400) < 0.4
    capitals = random.uniform(size=400) < np.where(spam, 0.8, 0.2)
    viagra = random.uniform(size=400) < np.where(spam, 0.5, 0.02)
    return np.column_stack((capitals, viagra)).astype(float), np.where(spam, "spam", "ham")


def test_the_neuron_of_the_picture_says_spam():
    assert _core.neuron(np.array([1.0, 0.0]), np.array([7.0, 3.0]), -2.0) == pytest.approx(0.9933, abs=5e-5)


def test_gradient_descent_reaches_the_coefficients_of_scikit_learn(two_feature_mail):
    X, y = two_feature_mail
    ours = LogisticClassifier(solver="gd", max_iter=20_000, tol=1e-7).fit(X, y)
    theirs = LogisticRegression(tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-3)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-3)
    assert np.all(ours.coef_ > 0.0)
    assert np.all(np.diff(ours.loss_curve_) <= 0.0)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_backpropagation_learns_exclusive_or(activation, optimizer):
    network = NeuralNetworkClassifier(
        (8,),
        activation=activation,
        optimizer=optimizer,
        learning_rate={"adam": 0.05, "sgd": 0.5}[optimizer],
        max_iter=5000,
        tol=0.0,
        n_iter_no_change=5000,
        alpha=0.0,
        random_state=1,
    ).fit(XOR_INPUTS, XOR_LABELS)
    probabilities = network.predict_proba(XOR_INPUTS)[:, 1]
    np.testing.assert_allclose(probabilities, XOR_LABELS == "spam", atol=0.01)


def test_one_neuron_alone_cannot_learn_exclusive_or():
    neuron = LogisticClassifier(C=100.0).fit(XOR_INPUTS, XOR_LABELS)
    np.testing.assert_allclose(neuron.predict_proba(XOR_INPUTS), 0.5, atol=1e-3)
