"""The network's training loop in the core, held to a naive twin and to finite differences."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigmail import _core
from sigmail._initial_layers import draw_layers
from sigmail.errors import InvalidTypeError, InvalidValueError
from sigmail.optimizers import adam_step, momentum_step

CONSTANTS = {
    "optimizer": "adam",
    "learning_rate": 0.05,
    "momentum": 0.8,
    "batch_size": 4,
    "alpha": 0.01,
    "dropout": 0.0,
    "seed": 0,
}


def draw_problem(seed, activation, dtype=np.float64):
    random = np.random.RandomState(seed)
    X = (random.normal(size=(10, 6)) * (random.uniform(size=(10, 6)) < 0.4)).astype(dtype)
    rows = X, (random.uniform(size=10) < 0.5).astype(float), random.uniform(0.5, 2.0, 10)
    layers = draw_layers([6, 4, 3, 1], activation, dtype, random)
    for _, bias, _ in layers:
        bias[:] = random.normal(0.0, 0.5, bias.shape)  # At 0, a row of no active unit sits on ReLU's kink.
    return rows, layers, random.randint(0, 10, 15)


def naive_pass(rows, layers, order, optimizer):
    """Learn as the core does, batch after batch, with the kernel's gradient and the pure steps."""
    X, y, weight = rows
    layers = [(W.copy(), b.copy(), name) for W, b, name in layers]
    moments = [(np.zeros_like(a), np.zeros_like(a)) for W, b, _ in layers for a in (W, b)]
    losses = []
    for count, start in enumerate(range(0, len(order), 4), start=1):
        batch = order[start : start + 4]
        loss, gradients = _core.network_loss_gradient(X[batch], y[batch], layers, weight[batch])
        losses.append(loss)
        share = weight[batch].mean() / weight.mean()
        for depth, pair in enumerate(gradients):
            moved = X[batch].any(axis=0) if depth == 0 else slice(None)
            for part, rows_moved in ((0, moved), (1, slice(None))):
                array, (mean, square) = layers[depth][part], moments[2 * depth + part]
                slope = (share * pair[part] + (0.01 * array if part == 0 else 0.0))[rows_moved]
                if optimizer == "sgd":
                    step = momentum_step(slope, mean[rows_moved], learning_rate=0.05, momentum=0.8)
                    mean[rows_moved] = step
                else:
                    step, mean[rows_moved], square[rows_moved] = adam_step(
                        slope, mean[rows_moved], square[rows_moved], count, learning_rate=0.05
                    )
                array[rows_moved] += step
    batch_weights = [weight[order[start : start + 4]].sum() for start in range(0, len(order), 4)]
    return np.average(losses, weights=batch_weights), layers


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["sigmoid", "tanh", "relu"]),
    st.sampled_from(["adam", "sgd"]),
)
def test_a_pass_is_the_naive_one(seed, activation, optimizer):
    rows, layers, order = draw_problem(seed, activation)
    training = _core.NetworkTraining(layers)
    loss = training.learn(_core.Examples(*rows), order, **CONSTANTS | {"optimizer": optimizer})
    expected_loss, expected = naive_pass(rows, layers, order, optimizer)
    assert loss == pytest.approx(expected_loss, rel=1e-9)
    for (W, b, name), (expected_W, expected_b, expected_name) in zip(
        training.layers(), expected, strict=True
    ):
        np.testing.assert_allclose(W, expected_W, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(b, expected_b, rtol=1e-6, atol=1e-9)
        assert name == expected_name


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_a_plain_step_follows_the_slope_of_the_penalised_loss(activation):
    rows, layers, _ = draw_problem(3, activation)
    examples, alpha, rate = _core.Examples(*rows), 0.3, 1e-3

    def objective(place, part, index, step):
        moved = [(W.copy(), b.copy(), name) for W, b, name in layers]
        moved[place][part][index] += step
        penalty = alpha / 2 * sum(float((W**2).sum()) for W, _, _ in moved)
        return _core.NetworkTraining(moved).loss(examples) + penalty

    training = _core.NetworkTraining(layers)
    plain = {"optimizer": "sgd", "learning_rate": rate, "momentum": 0.0, "batch_size": 10, "alpha": alpha}
    training.learn(examples, np.arange(10), **CONSTANTS | plain)
    for place, after in enumerate(training.layers()):
        for part in (0, 1):
            for index in np.ndindex(after[part].shape):
                slope = (objective(place, part, index, 1e-6) - objective(place, part, index, -1e-6)) / 2e-6
                step = layers[place][part][index] - after[part][index]
                assert step / rate == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_pickle_goes_on_to_the_same_bits(optimizer, dtype):
    rows, layers, order = draw_problem(5, "tanh", dtype)
    examples, constants = _core.Examples(*rows), CONSTANTS | {"optimizer": optimizer, "dropout": 0.2}
    training = _core.NetworkTraining(layers)
    training.learn(examples, order, **constants)
    copy = pickle.loads(pickle.dumps(training))  # noqa: S301  # Our own bytes.
    assert training.learn(examples, order, **constants) == copy.learn(examples, order, **constants)
    for ours, theirs in zip(training.layers(), copy.layers(), strict=True):
        assert ours[0].dtype == dtype
        np.testing.assert_array_equal(ours[0], theirs[0])


def test_what_does_not_fit_raises():
    rows, layers, order = draw_problem(5, "tanh")
    training = _core.NetworkTraining(layers)
    narrow = _core.Examples(rows[0][:, :5].copy(), *rows[1:])
    with pytest.raises(InvalidValueError, match="columns times neurons"):
        training.learn(narrow, order, **CONSTANTS)
    with pytest.raises(InvalidTypeError, match="dtype"):
        training.learn(_core.Examples(rows[0].astype(np.float32), *rows[1:]), order, **CONSTANTS)
    with pytest.raises(InvalidValueError, match="'newton'"):
        training.learn(_core.Examples(*rows), order, **CONSTANTS | {"optimizer": "newton"})
    with pytest.raises(InvalidValueError, match="sigmoid"):
        _core.NetworkTraining(layers[:-1])
