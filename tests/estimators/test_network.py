"""The network's training: its gradient, its curve, its options, and what it refuses."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sigmail import _core
from sigmail._initial_layers import draw_layers
from sigmail.errors import InvalidTypeError, InvalidValueError
from sigmail.network import NeuralNetworkClassifier


def test_layers_are_what_the_forward_pass_takes(word_rows):
    X, y, _ = word_rows
    fitted = NeuralNetworkClassifier((5, 3), random_state=0).fit(X, y)
    assert [(W.shape, b.shape, name) for W, b, name in fitted.layers_] == [
        ((60, 5), (5,), "tanh"),
        ((5, 3), (3,), "tanh"),
        ((3, 1), (1,), "sigmoid"),
    ]
    np.testing.assert_array_equal(_core.network(X, fitted.layers_)[:, 0], fitted.predict_proba(X)[:, 1])


def test_network_fits_as_well_as_scikit_learn(word_rows):
    X, y, _ = word_rows
    ours = NeuralNetworkClassifier((16,), activation="relu", max_iter=60, random_state=0).fit(X, y)
    theirs = MLPClassifier(
        (16,), learning_rate_init=0.01, batch_size=64, max_iter=60, random_state=0, tol=0.0
    )
    with pytest.warns(ConvergenceWarning):  # It warns of the 60 passes that we ask for.
        theirs.fit(X, y)
    assert ours.loss_curve_[-1] < 1.2 * theirs.loss_curve_[-1] + 0.01
    assert ours.score(X, y) >= theirs.score(X, y) - 0.02


def test_inputs_not_seen_keep_their_first_weights(word_rows):
    X, y, _ = word_rows
    narrow = X.toarray()
    narrow[:, 10] = 0.0
    fitted = NeuralNetworkClassifier((4,), random_state=3, max_iter=3, alpha=0.1).fit(narrow, y)
    first = draw_layers([60, 4, 1], "tanh", np.float64, np.random.RandomState(3))[0][0]
    np.testing.assert_array_equal(fitted.layers_[0][0][10], first[10])
    assert np.all(fitted.layers_[0][0][11] != first[11])


def test_penalty_shrinks_the_weights(word_rows):
    X, y, _ = word_rows
    sizes = [
        np.abs(NeuralNetworkClassifier(alpha=alpha, random_state=0).fit(X, y).layers_[0][0]).mean()
        for alpha in (0.0, 0.01, 0.1)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def test_dropout_of_inputs_is_a_training_noise_only(word_rows):
    X, y, _ = word_rows
    plain, dropped = (
        NeuralNetworkClassifier(input_dropout=share, random_state=0).fit(X, y) for share in (0.0, 0.5)
    )
    assert dropped.loss_curve_[-1] > plain.loss_curve_[-1]
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    dense = clone(dropped).fit(X.toarray(), y)
    np.testing.assert_allclose(dense.decision_function(X), dropped.decision_function(X), rtol=1e-6)


def test_early_stopping_keeps_the_best_layers(word_rows):
    X, y, _ = word_rows
    fitted = NeuralNetworkClassifier(
        (8,), early_stopping=True, validation_fraction=0.3, max_iter=500, random_state=0
    ).fit(X, y)
    losses = fitted.validation_loss_curve_
    assert fitted.n_iter_ == len(losses) < 500
    assert min(losses) < losses[-1]


def test_warm_start_goes_on_and_refuses_another_shape(word_rows):
    X, y, _ = word_rows
    network = NeuralNetworkClassifier((4,), warm_start=True, max_iter=20, random_state=0)
    first = network.fit(X, y).loss_curve_
    second = network.fit(X, y).loss_curve_
    assert second[0] < first[0] / 2
    with pytest.raises(InvalidValueError, match="warm_start"):
        network.set_params(hidden_layer_sizes=(5,)).fit(X, y)


def test_partial_fit_learns_a_stream(word_rows):
    X, y, _ = word_rows
    network = NeuralNetworkClassifier((4,), batch_size=16, random_state=0)
    for _ in range(10):
        for start in range(0, 300, 100):
            network.partial_fit(X[start : start + 100], y[start : start + 100], classes=["ham", "spam"])
    assert network.score(X, y) > 0.9
    assert len(network.loss_curve_) == network.n_iter_ == 30


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        ({"hidden_layer_sizes": 16}, InvalidTypeError, r"\(16,\)"),
        ({"hidden_layer_sizes": (0,)}, InvalidValueError, "at least 1"),
        ({"activation": "softmax"}, InvalidValueError, "'sigmoid', 'tanh', 'relu'"),
        ({"optimizer": "lbfgs"}, InvalidValueError, "'adam', 'sgd'"),
        ({"learning_rate": 0}, InvalidValueError, "above 0"),
        ({"momentum": 1.0}, InvalidValueError, "below 1"),
        ({"alpha": -1.0}, InvalidValueError, "at least 0"),
        ({"input_dropout": 1.0}, InvalidValueError, "below 1"),
        ({"batch_size": True}, InvalidTypeError, "whole number"),
    ],
)
def test_wrong_parameters_are_named(word_rows, parameters, error, text):
    X, y, _ = word_rows
    with pytest.raises(error, match=text):
        NeuralNetworkClassifier(**parameters).fit(X, y)
