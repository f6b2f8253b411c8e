"""The dual pass of the core: its own invariants, whatever the rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigmail import _core
from sigmail.errors import InvalidValueError


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.01, 1.0, 50.0]), st.sampled_from([np.float32, np.float64]))
def test_weights_and_balance_are_the_sums_of_the_coordinates(seed, c, dtype):
    random = np.random.default_rng(seed)
    X = (random.normal(size=(9, 4)) * (random.uniform(size=(9, 4)) < 0.6)).astype(dtype)
    y, weight = (random.uniform(size=9) < 0.5).astype(float), random.uniform(0.5, 2.0, 9)
    order = random.integers(0, 9, 20)
    coordinates, weights, multiplier, balance, (loss, gap, residual) = _core.Examples(X, y, weight).dual_pass(
        np.zeros(9), np.zeros(4), 0.3, 0.0, order, c=c, rho=0.2
    )
    assert loss > 0.0
    assert gap >= -1e-12
    assert residual >= 0.0
    signs = 2 * y - 1
    assert np.all(coordinates >= 0.0)
    assert np.all(coordinates <= c * weight)
    assert set(np.flatnonzero(coordinates)) == set(order)
    np.testing.assert_allclose(weights, X.T.astype(float) @ (coordinates * signs), atol=1e-9 * max(c, 1.0))
    assert balance == pytest.approx(signs @ coordinates, abs=1e-9 * max(c, 1.0))
    assert multiplier == pytest.approx(0.3 + 0.2 * balance)


def test_the_gap_is_that_of_the_two_objectives():
    random = np.random.default_rng(1)
    X, y = random.normal(size=(12, 3)), (random.uniform(size=12) < 0.5).astype(float)
    examples, signs, c = _core.Examples(X, y, np.ones(12)), 2 * y - 1, 2.0
    coordinates = random.uniform(0.1, 1.9, 12)
    weights = X.T @ (coordinates * signs)
    gaps = [
        examples.dual_pass(coordinates, weights, 0.0, 0.0, np.array([row]), c=c, rho=0.0)[4][1]
        for row in range(12)
    ]
    primal = 0.5 * weights @ weights + c * np.logaddexp(0.0, -signs * (X @ weights)).sum()
    shares = coordinates / c
    entropy = -(shares * np.log(shares) + (1.0 - shares) * np.log(1.0 - shares))
    dual = c * entropy.sum() - 0.5 * weights @ weights
    assert sum(gaps) == pytest.approx(primal - dual)


def test_wrong_lengths_raise():
    ones = np.ones(2)
    with pytest.raises(InvalidValueError, match="2 coordinates"):
        _core.Examples(np.ones((2, 1)), ones, ones).dual_pass(
            np.zeros(3), np.zeros(1), 0.0, 0.0, np.arange(2), c=1.0, rho=1.0
        )
