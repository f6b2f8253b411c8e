"""The passes of the core over rows, held to naive twins that follow the papers line by line."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigmail import _core
from sigmail.errors import InvalidTypeError, InvalidValueError


def naive_ftrl(rows, order, state, *, alpha, beta, l1, l2, bound):
    (X, y, weight), (z, squares), losses = rows, state, []
    z, squares = z.copy(), squares.copy()
    wide = np.column_stack((X, np.ones(len(X))))
    l1, l2, bound = (
        np.append(np.full(X.shape[1], value), last) for value, last in ((l1, 0), (l2, 0), (bound, math.inf))
    )
    for row in order:
        pull = (beta + np.sqrt(squares)) / alpha + l2
        w = np.where(np.abs(z) <= l1, 0.0, -(z - np.sign(z) * l1) / pull)
        w = np.clip(w, -bound, bound)
        p = 1.0 / (1.0 + math.exp(-(w @ wide[row])))
        losses.append(-math.log(p if y[row] else 1.0 - p))
        g = weight[row] * (p - y[row]) * wide[row]
        sigma = (np.sqrt(squares + g**2) - np.sqrt(squares)) / alpha
        z += g - sigma * w
        squares += g**2
    return np.average(losses, weights=weight[order]), z, squares


def naive_descent(rows, order, state, *, eta, l2, bound):
    (X, y, weight), (w, bias), losses = rows, state, []
    for step, row in enumerate(order):
        p = 1.0 / (1.0 + math.exp(-(w @ X[row] + bias)))
        losses.append(-math.log(p if y[row] else 1.0 - p))
        rate = eta / (1.0 + eta * l2 * step)
        error = weight[row] / weight.mean() * (p - y[row])
        w = (1.0 - rate * l2) * w - rate * error * X[row]
        w = np.where(X[row] != 0, np.clip(w, -bound, bound), w)
        bias -= rate * error
    return np.average(losses, weights=weight[order]), w, bias


def draw_rows(seed, dtype):
    random = np.random.default_rng(seed)
    X = random.normal(size=(12, 5)) * (random.uniform(size=(12, 5)) < 0.5)
    y = (random.uniform(size=12) < 0.5).astype(float)
    return random, X.astype(dtype), y, random.uniform(0.5, 2.0, 12)


PENALTIES = st.sampled_from([(0.0, 0.0), (0.3, 0.0), (0.0, 0.4), (0.2, 0.1)])
BOUNDS = st.sampled_from([math.inf, 0.2])
DTYPES = st.sampled_from([np.float32, np.float64])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), PENALTIES, BOUNDS, DTYPES)
def test_ftrl_pass_is_the_naive_one(seed, penalties, bound, dtype):
    random, X, y, weight = draw_rows(seed, dtype)
    z, squares, order = random.normal(size=6), random.uniform(size=6), random.integers(0, 12, 30)
    constants = {"learning_rate": 0.4, "smoothing": 0.7, "l1": penalties[0], "l2": penalties[1]}
    found = _core.Examples(X, y, weight).ftrl_pass(z, squares, order, max_weight=bound, **constants)
    expected = naive_ftrl(
        (X.astype(float), y, weight),
        order,
        (z, squares),
        alpha=0.4,
        beta=0.7,
        l1=penalties[0],
        l2=penalties[1],
        bound=bound,
    )
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.4]), BOUNDS, DTYPES)
def test_descent_pass_is_the_naive_one(seed, l2, bound, dtype):
    random, X, y, weight = draw_rows(seed, dtype)
    w, order = random.uniform(-0.2, 0.2, 5), random.integers(0, 12, 30)
    found = _core.Examples(X, y, weight).descent_pass(
        w, 0.1, 0, order, learning_rate=0.4, l2=l2, max_weight=bound
    )
    expected = naive_descent((X.astype(float), y, weight), order, (w, 0.1), eta=0.4, l2=l2, bound=bound)
    for ours, theirs in zip(found, (*expected, 30), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_loss_and_gradient_are_those_of_the_kernel(word_rows):
    X, y, weight = word_rows
    y, w = (y == "spam").astype(float), np.linspace(-1, 1, 60)
    found = _core.Examples(X, y, weight).loss_gradient(w, 0.2)
    for ours, theirs in zip(found, _core.logistic_loss_gradient(X, y, w, 0.2, weight), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def test_examples_are_a_copy():
    X, ones = np.ones((2, 1)), np.ones(2)
    examples = _core.Examples(X, ones, ones)
    X[:] = 5.0
    assert examples.loss_gradient(np.zeros(1), 0.0)[1][0] == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("y", "weight", "order", "width", "error"),
    [
        ([0.0, 2.0], [1.0, 1.0], [0], 1, InvalidValueError),
        ([0.0, 1.0], [1.0, 0.0], [0], 1, InvalidValueError),
        ([0.0, 1.0], [1.0, np.nan], [0], 1, InvalidValueError),
        ([0.0], [1.0, 1.0], [0], 1, InvalidValueError),
        ([0.0, 1.0], [1.0, 1.0], [2], 1, InvalidValueError),
        ([0.0, 1.0], [1.0, 1.0], [-1], 1, InvalidValueError),
        ([0.0, 1.0], [1.0, 1.0], [], 1, InvalidValueError),
        ([0.0, 1.0], [1.0, 1.0], [0], 2, InvalidValueError),
        (["a", "b"], [1.0, 1.0], [0], 1, InvalidTypeError),
    ],
)
def test_wrong_rows_raise(y, weight, order, width, error):
    with pytest.raises(error):
        _core.Examples(np.ones((2, 1)), y, weight).descent_pass(
            np.zeros(width), 0.0, 0, np.array(order, np.int64), learning_rate=1.0, l2=0.0, max_weight=np.inf
        )
