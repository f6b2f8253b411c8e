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
    coordinates, weights, multiplier, balance = _core.Examples(X, y, weight).dual_pass(
        np.zeros(9), np.zeros(4), 0.3, 0.0, order, c=c, rho=0.2
    )
    signs = 2 * y - 1
    assert np.all(coordinates >= 0.0)
    assert np.all(coordinates <= c * weight)
    assert set(np.flatnonzero(coordinates)) == set(order)
    np.testing.assert_allclose(weights, X.T.astype(float) @ (coordinates * signs), atol=1e-9 * max(c, 1.0))
    assert balance == pytest.approx(signs @ coordinates, abs=1e-9 * max(c, 1.0))
    assert multiplier == pytest.approx(0.3 + 0.2 * balance)


def test_wrong_lengths_raise():
    ones = np.ones(2)
    with pytest.raises(InvalidValueError, match="2 coordinates"):
        _core.Examples(np.ones((2, 1)), ones, ones).dual_pass(
            np.zeros(3), np.zeros(1), 0.0, 0.0, np.arange(2), c=1.0, rho=1.0
        )
