"""Dual training in two lanes: the naive twin, the same bits on one thread and two, and what it measures."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sigmail import _core, _reference
from sigmail.errors import InvalidValueError
from sigmail.logistic import LogisticClassifier

LANES_FROM = 4096


def draw_rows(seed, rows, columns, dtype=np.float64):
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, columns)) * (random.uniform(size=(rows, columns)) < 0.4)
    y = (X @ random.normal(size=columns) + 0.3 * random.normal(size=rows) > 0.0).astype(float)
    return random, X.astype(dtype), y, random.uniform(0.5, 2.0, rows)


def naive_lane(examples, state, rows, push, penalties):
    """One lane: each row's coordinate to its best by bisection, each move counting `push` times."""
    (X, y, weight), (c, rho) = examples, penalties
    coordinates, weights, multiplier, balance = state
    for row in rows:
        sign, limit = 2 * y[row] - 1, c * weight[row]
        curvature = push * (rho + X[row] @ X[row])
        margin = sign * (X[row] @ weights + multiplier + rho * balance)
        low, high = 0.0, limit
        for _ in range(60):
            a = 0.5 * (low + high)
            slope = np.log(a / (limit - a)) + curvature * (a - coordinates[row]) + margin
            low, high = (low, a) if slope > 0.0 else (a, high)
        move = push * sign * (a - coordinates[row])
        weights, balance, coordinates[row] = weights + move * X[row], balance + move, a
    return weights, balance


def naive_pass(examples, state, order, push, penalties):
    """Return (weights, multiplier, balance) after a pass in two lanes, in one step."""
    (_, weights, multiplier, balance), rho = state, penalties[1]
    middle = -(-len(order) // 2)
    lanes = [naive_lane(examples, state, rows, push, penalties) for rows in (order[:middle], order[middle:])]
    weights = weights + sum(lane[0] - weights for lane in lanes) / push
    balance = balance + sum(lane[1] - balance for lane in lanes) / push
    return weights, multiplier + rho * balance, balance


@pytest.mark.parametrize("push", [1.3, 2.0])
def test_two_lanes_are_the_naive_ones(push):
    random, X, y, weight = draw_rows(3, LANES_FROM, 5)
    c, stiffness = 0.7, 0.1
    rho = stiffness * np.mean(np.sum(X**2, axis=1))
    training = _core.DualTraining(sparse.csr_matrix(X), y, weight, c=c, stiffness=stiffness)
    coordinates, weights, multiplier, balance = np.zeros(len(y)), np.zeros(5), 0.0, 0.0
    for _ in range(2):
        order = random.permutation(len(y))
        training.learn(order, steps=1, push=push)
        state = coordinates, weights, multiplier, balance
        weights, multiplier, balance = naive_pass((X, y, weight), state, order, push, (c, rho))
        found, bias = training.solution()
        np.testing.assert_allclose(found, weights, rtol=1e-7, atol=1e-9)
        assert bias == pytest.approx(multiplier, rel=1e-7, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.sampled_from([np.float32, np.float64]))
def test_few_rows_are_plain_dual_passes(seed, steps, dtype):
    random, X, y, weight = draw_rows(seed, 12, 4, dtype)
    c, rho = 2.0, 0.1 * np.mean(np.sum(X.astype(float) ** 2, axis=1))
    training, examples = (
        _core.DualTraining(X, y, weight, c=c, stiffness=0.1),
        _core.Examples(X, y, weight),
    )
    state = np.zeros(12), np.zeros(4), 0.0, 0.0
    for _ in range(3):
        order = random.permutation(12)
        figures = training.learn(order, steps=steps, push=2.0)
        *state, expected = examples.dual_pass(*state, order, c=c, rho=rho)
        np.testing.assert_allclose(figures, expected, rtol=1e-9, atol=1e-12)
    weights, bias = training.solution()
    np.testing.assert_allclose(weights, state[1], rtol=1e-9, atol=1e-12)
    assert bias == pytest.approx(state[2], abs=1e-12)


def test_slopes_are_those_of_the_penalised_mean_loss():
    random, X, y, weight = draw_rows(5, 50, 6)
    X[:, 2] = 0.0
    training = _core.DualTraining(X, y, weight, c=1.5, stiffness=0.1)
    training.learn(random.permutation(50), steps=1, push=2.0)
    weights, bias = training.solution()
    assert weights[2] == 0.0
    loss, by_weights, by_bias, squares = training.slopes()
    expected = _reference.logistic_loss_gradient(X, y, weights, bias, weight)
    assert loss == pytest.approx(expected[0])
    assert by_weights == pytest.approx(np.abs(expected[1] + weights / (1.5 * weight.sum())).max())
    assert by_bias == pytest.approx(expected[2])
    errors = weight * (_reference.sigmoid(X @ weights + bias) - y)
    np.testing.assert_allclose(squares, np.append((X**2).T @ errors**2, (errors**2).sum()))


def test_two_lanes_come_to_the_exact_minimum():
    _, X, y, weight = draw_rows(7, LANES_FROM, 8)
    ours = LogisticClassifier(solver="dual", C=3.0, tol=1e-9, max_iter=500, random_state=0)
    ours.fit(X, y, sample_weight=weight)
    exact = LogisticClassifier(solver="lbfgs", C=3.0, tol=1e-9, max_iter=500).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, exact.coef_, atol=1e-5)
    assert ours.intercept_[0] == pytest.approx(exact.intercept_[0], abs=1e-5)


def test_alike_lanes_that_move_the_same_way_do_not_swing():
    rows, y = np.ones((LANES_FROM, 1)), (np.arange(LANES_FROM) % 4 == 0).astype(float)
    ours = LogisticClassifier(solver="dual", fit_intercept=False, tol=1e-8, max_iter=40, random_state=0)
    exact = LogisticClassifier(fit_intercept=False, tol=1e-8).fit(rows, y)
    assert ours.fit(rows, y).coef_[0, 0] == pytest.approx(exact.coef_[0, 0], abs=1e-6)


PRINT_BITS = """
import numpy as np
from scipy import sparse
from sigmail.logistic import LogisticClassifier
random = np.random.default_rng(0)
X = sparse.random(5000, 300, 0.1, format="csr", random_state=1, dtype=np.float32)
y = (X @ random.normal(size=300) > 0.0).astype(int)
fitted = LogisticClassifier(solver="dual", C=10.0, random_state=0).fit(X, y)
print(fitted.coef_.tobytes().hex(), fitted.intercept_.tobytes().hex())
"""


def test_one_thread_and_two_give_the_same_bits():
    bits = {
        subprocess.run(
            [sys.executable, "-c", PRINT_BITS],
            env=os.environ | {"RAYON_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "3")
    }
    assert len(bits) == 1
    assert len(bits.pop()) > 300 * 16


@pytest.mark.parametrize(
    ("order", "error"), [([0, 0], "at most once"), ([2], "from 0 to 1"), ([-1], "from 0 to 1"), ([], "got 0")]
)
def test_wrong_orders_raise(order, error):
    training = _core.DualTraining(np.ones((2, 1)), np.ones(2), np.ones(2), c=1.0, stiffness=0.0)
    with pytest.raises(InvalidValueError, match=error):
        training.learn(np.array(order, dtype=np.int64), steps=1, push=2.0)
